"""The audit log: the events, the accounts that they are about, and who caused them."""
