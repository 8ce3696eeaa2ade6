"""Proving who you are: receiving access tokens for it, and choosing a new password."""
