"""Registration: users create their own accounts."""
