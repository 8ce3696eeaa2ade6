"""The contract: an OpenAPI 3.1 document, made once at start from the declared operations.

``document`` puts it together; the other modules describe one part each.
"""
