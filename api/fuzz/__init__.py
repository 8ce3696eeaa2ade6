"""Fuzzing of a running instance, as every kind of caller (docs/fuzzing.md)."""
