"""The revisions of the schema, each a file ``NNNN_words.py`` in ``versions/``."""

from functools import cache
from pathlib import Path

VERSIONS = Path(__file__).parent / "versions"


@cache
def newest_revision() -> str:
    """Return the revision this code was written for, without the cost of loading Alembic."""
    return max(file.name.partition("_")[0] for file in VERSIONS.glob("[0-9][0-9][0-9][0-9]_*.py"))
