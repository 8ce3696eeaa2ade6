"""What is kept of the replies of a mail server."""

import re

MAX_WORDS_LENGTH = 200
ENHANCED_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")  # RFC 3463; a reply begins with it
HARMLESS_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['-]){0,19}")  # letters, and no token or URL
PUNCTUATION = ".,:;!?\"'()[]{}<>"


def describe_reply(status: int, reply: bytes | str) -> str:
    """Return what may be stored, shown and logged of a reply: its codes and its harmless words.

    A reply can repeat what it is about: an e-mail address, or a line of the mail with a link and
    its token. So only words of at most 20 letters are kept, without digits and without ``@``,
    ``/``, ``.`` and ``=``, and none beside an "at", as in ``ada AT example.org``.
    """
    text = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
    enhanced = ENHANCED_STATUS.match(text)
    words = [word.strip(PUNCTUATION) for word in text.split()]
    kept = (
        word
        for place, word in enumerate(words)
        if HARMLESS_WORD.fullmatch(word)
        and "at" not in map(str.casefold, words[max(place - 1, 0) : place + 2])
    )
    shown = " ".join(kept)[:MAX_WORDS_LENGTH].rstrip()
    parts = ("the mail server answered", str(status), enhanced and enhanced[0], shown)
    return " ".join(part for part in parts if part)
