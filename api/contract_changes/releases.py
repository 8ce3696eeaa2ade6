"""The documents of released versions, one file for each."""

from pathlib import Path

from api.contract_changes.documents import Document, InvalidDocument, read_document
from api.contract_changes.versions import parse_version


def list_releases(directory: Path) -> list[Path]:
    """Return the files of the released versions, the oldest first."""
    return sorted(directory.glob("*.json"), key=lambda file: parse_version(file.stem))


def read_releases(directory: Path) -> list[Document]:
    """Return the documents of the released versions, the oldest first."""
    return [read_document(file) for file in list_releases(directory)]


def add_release(directory: Path, document: Document, content: bytes) -> Path:
    """Write the document of a new version.

    Raises:
        InvalidDocument: there is a release of this or of a later version.
    """
    for file in list_releases(directory):
        if parse_version(file.stem) >= parse_version(document.version):
            raise InvalidDocument(
                f"{document.version} is not later than the released version {file.stem}; "
                "raise the version in pyproject.toml"
            )
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{document.version}.json"
    file.write_bytes(content)
    return file
