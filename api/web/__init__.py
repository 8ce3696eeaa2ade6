"""How the capabilities meet HTTP: documents, errors, identity, limits."""
