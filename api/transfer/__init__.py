"""Import and export of accounts, one bounded chunk or page per request."""
