"""The texts of a package in each language, from its `catalogues/LANGUAGE.po`.

A catalogue is compiled in memory when it is first used, which takes a few milliseconds. So nothing
has to be built before the start, and no compiled file can differ from its source.
"""

from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from api.languages.choice import DEFAULT_LANGUAGE


@cache
def load_translations(package: str, language: str) -> NullTranslations:
    """Return the translations of a package. The English texts are the keys of the others."""
    if language == DEFAULT_LANGUAGE:
        return NullTranslations()
    source = files(package) / "catalogues" / f"{language}.po"
    compiled = BytesIO()
    with source.open("rb") as stream:
        write_mo(compiled, read_po(stream, locale=language))
    compiled.seek(0)
    return Translations(compiled)
