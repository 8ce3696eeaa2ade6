"""Resetting a forgotten password with a mailed token, and telling users of each new password."""
