"""A plan -> files for other programs: GPX for navigation, GeoJSON for maps, CSV for tables. Pure."""
