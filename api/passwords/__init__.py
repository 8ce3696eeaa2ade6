"""What makes a password acceptable, and how often one may be guessed."""
