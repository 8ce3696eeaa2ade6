"""Mails about logins: from a new device, and after too many wrong passwords."""
