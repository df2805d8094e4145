"""Policies over weeks on the same deposits and the same sensor errors: what a way of choosing bins is worth."""
