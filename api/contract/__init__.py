"""The contract: an OpenAPI 3.1 document, made once at start from the declared operations.

``document`` puts it together; the other modules describe one part each. docs/contract.md explains
the conventions.

The document is open: a response may have members and enumeration values that it does not list.
So it cannot find a member that a response has by mistake. ``closed.close_responses`` returns a
derivative in which responses are closed; our own tests and fuzzing use that.
"""
