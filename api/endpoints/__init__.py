"""One file per noun; a folder named "routes" would be a truck's."""
