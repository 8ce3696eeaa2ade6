"""Resetting a forgotten password with a mailed token, and mails about each new password."""
