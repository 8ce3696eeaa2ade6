"""Messages that leave the service: stored in the transaction of the fact, delivered by a worker."""
