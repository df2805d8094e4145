"""Set-up: what a bare machine needs before anything runs, and what writes our reference pages."""
