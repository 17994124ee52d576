"""Work orders, from request to decision."""
