"""Confirming that an e-mail address reaches the user of an account."""
