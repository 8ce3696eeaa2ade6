"""Finds what prevents the service from working, and describes the way out."""
