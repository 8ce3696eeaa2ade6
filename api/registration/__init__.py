"""Getting an account of one's own."""
