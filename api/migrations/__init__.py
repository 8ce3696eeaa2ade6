"""The revisions of the schema, each a file ``NNNN_words.py`` in ``versions/``."""

from functools import cache
from pathlib import Path

VERSIONS = Path(__file__).parent / "versions"


@cache
def list_revisions() -> list[str]:
    """Return all revisions, the oldest first, without the cost of loading Alembic."""
    files = VERSIONS.glob("[0-9][0-9][0-9][0-9]_*.py")
    return sorted(file.name.partition("_")[0] for file in files)


def newest_revision() -> str:
    """Return the revision this code was written for."""
    return list_revisions()[-1]
