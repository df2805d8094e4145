"""Store -> people: routes, maps, exports and reasons over HTTP."""
