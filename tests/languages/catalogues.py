"""Writes the texts of templates into the catalogues: `python -m tests.languages.catalogues`.

New texts get an empty translation, and those that no template has any more are removed.
"""

from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from api.languages.choice import DEFAULT_LANGUAGE, LANGUAGES

API = Path(__file__).parents[2] / "api"
PACKAGES = ("mail", "account_pages")
TRANSLATED = [language for language in LANGUAGES if language != DEFAULT_LANGUAGE]
METHODS = [("**.py", "python"), ("**/templates/**", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {"**/templates/**": {"trimmed": "false", "silent": "false"}}


def extract(package: str) -> Catalog:
    """Return the texts of a package."""
    catalogue = Catalog()
    found = extract_from_dir(API / package, METHODS, OPTIONS, KEYWORDS)
    for _, _, message, _, context in found:
        catalogue.add(message, context=context)
    return catalogue


def locate(package: str, language: str) -> Path:
    return API / package / "catalogues" / f"{language}.po"


def read(package: str, language: str) -> Catalog:
    with locate(package, language).open("rb") as stream:
        return read_po(stream, locale=language)


def list_catalogues() -> list[tuple[str, str]]:
    return [(package, language) for package in PACKAGES for language in TRANSLATED]


def update(package: str, language: str) -> bytes:
    """Return the file of a catalogue with exactly the texts of the package, in their order."""
    source, old = extract(package), read(package, language)
    new = Catalog(locale=Locale(language), fuzzy=False, header_comment=f"# {language}")
    for message in source:
        if message.id:
            known = old.get(message.id)
            new.add(message.id, string=known.string if known else None)
    content = BytesIO()
    write_po(content, new, width=100, omit_header=True)
    header = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {language}\\n"\n"Plural-Forms: {new.plural_forms}\\n"\n\n'
    )
    return header.encode() + content.getvalue().strip() + b"\n"


def main() -> None:
    for package, language in list_catalogues():
        locate(package, language).write_bytes(update(package, language))


if __name__ == "__main__":
    main()
