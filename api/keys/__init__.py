"""The keys that access tokens are signed with: kept, rotated, and published for verifiers."""
