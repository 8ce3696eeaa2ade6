"""Changing an e-mail address: the new one confirms, and the former one can cancel for some days."""
