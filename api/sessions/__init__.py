"""Sessions: opened by a login, prolonged with refresh tokens, ended by logging out."""
