"""How `rollbook serve` starts the WSGI server, and the metrics port."""
