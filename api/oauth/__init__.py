"""OAuth 2.0 for service accounts: tokens by client credentials, introspection, revocation."""
