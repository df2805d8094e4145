"""A town that fills up: bins on real streets, sensors with faults, a driver who serves published plans."""
