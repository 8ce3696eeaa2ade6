"""Token introspection (RFC 7662) and revocation (RFC 7009) for other services."""
