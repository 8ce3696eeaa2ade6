"""Mails: their texts in each language, and the mail server that takes them."""
