"""What the folder list promises: rooms, names, sizes, and the pages that describe them."""
