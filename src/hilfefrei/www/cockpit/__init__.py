"""Pages of whoever steers the house."""
