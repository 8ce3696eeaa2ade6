"""Characters that look alike (Unicode Technical Standard 39, 4 and 5)."""

from functools import cache, lru_cache
from importlib import import_module
from typing import Any
from unicodedata import normalize

COMMON = {"COMMON", "INHERITED"}
# Scripts that one word may mix (UTS 39, 5.2, "Highly Restrictive").
MIXTURES = (
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
    {"LATIN", "HAN", "BOPOMOFO"},
    {"LATIN", "HAN", "HANGUL"},
)


def replace_confusables(folded: str) -> str:
    """Replace each character that is not ASCII by the first one that looks like it.

    The data are those of confusable_homoglyphs, which lack some pairs, such as Hebrew letters that
    look like l. ASCII characters stay as they are: `1` and `l` are different in usernames.
    """
    if folded.isascii():
        return folded
    return "".join(map(_find_prototype, folded))


@lru_cache(8192)
def _find_prototype(folded: str) -> str:
    """Return the stable character with the lowest code point that looks like a folded one.

    If none is ASCII, a letter counts that looks like it in upper case, as Greek and Latin K do.
    """
    if folded.isascii():
        return folded
    capitals = (each.casefold() for each in _list_homoglyphs(folded.upper()) if each.isascii())
    alike = min([folded, *filter(_is_stable, _list_homoglyphs(folded))])
    if not alike.isascii():
        alike = min([alike, *filter(_is_stable, capitals)])
    return folded if alike == folded else _find_prototype(alike)


def _list_homoglyphs(character: str) -> list[str]:
    found = _load("confusables").is_confusable(character, greedy=True)
    return [each["c"] for each in found[0]["homoglyphs"]] if found else []


def _is_stable(homoglyph: str) -> bool:
    return len(homoglyph) == 1 and normalize("NFKC", homoglyph).casefold() == homoglyph


def has_mixed_scripts(text: str) -> bool:
    """Return whether a text mixes scripts that are not written together (UTS 39, 5.2)."""
    if text.isascii():
        return False
    scripts = set(_load("categories").unique_aliases(text)) - COMMON
    return len(scripts) > 1 and not any(scripts <= mixture for mixture in MIXTURES)


@cache
def _load(module: str) -> Any:
    """Load the data when it is needed: it takes 50 ms, and most services have ASCII usernames."""
    return import_module(f"confusable_homoglyphs.{module}")
