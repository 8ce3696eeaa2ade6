"""The audit log: what happened, to whose account and by whom."""
