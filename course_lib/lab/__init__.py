"""The roof: what a notebook needs.  It may import everything; nothing imports it."""
