"""The shared ground: domain types, settings, the message contract, tables and the store."""

__version__ = "0.1.0"
