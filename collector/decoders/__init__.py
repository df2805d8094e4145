"""Bytes -> what they say, one file per wire format; pure."""
