"""The background worker: it delivers the messages of the outbox and runs the jobs that are due."""
