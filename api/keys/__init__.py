"""The keys that sign access tokens: stored, rotated, and published for verifiers."""
