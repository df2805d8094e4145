"""Pages for people: the day's rounds, a plan as a table, a plan as a map."""
