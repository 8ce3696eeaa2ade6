"""API keys: long-lived secrets with which programs call the API."""
