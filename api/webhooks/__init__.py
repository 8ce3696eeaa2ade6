"""Webhooks: events that are sent to the URLs of others (Standard Webhooks)."""
