"""COSEM objects: their names, classes, units and times."""
