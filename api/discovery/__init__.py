"""The metadata from which gateways and libraries learn how to check access tokens."""
