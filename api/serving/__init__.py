"""How the service is run: a supervisor, workers, and the front that hands them requests."""
