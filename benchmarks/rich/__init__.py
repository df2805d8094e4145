"""Rich problems: days of a drawn town with every rule of the trade, and whole cities of real containers."""
