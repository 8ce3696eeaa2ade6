"""The pages that mailed links open. Each does what an operation of the API does, for people."""
