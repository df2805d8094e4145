"""Reports for people: each is one page per language that needs no server, no script and no other file."""
