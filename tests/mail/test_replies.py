"""A reply of a mail server is stored and shown without the addresses and tokens it repeats."""

import pytest

from api.mail.replies import MAX_WORDS_LENGTH, describe_reply

TOKEN = "Zm9vYmFyLWJhei1xdXV4LTEyMzQ1Njc4OTAtYWJjZGVm"
LINK = f"https://rollbook.example/account/reset-password?token={TOKEN}"


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        (b"5.1.1 <ada@example.org>: no such user", "5.1.1 no such user"),
        (b"5.1.1 ada AT example.org is unknown", "5.1.1 is unknown"),
        (b"ada (at) example.org is unknown", "is unknown"),
        (b"<ada(at)example.org> is unknown", "is unknown"),
        (b"ada at example dot org", "dot org"),
        (f"5.7.1 Spam: your line {LINK} is listed".encode(), "5.7.1 Spam your line is listed"),
        (f"rejected token={TOKEN}".encode(), "rejected"),
        (f"rejected {TOKEN}".encode(), "rejected"),
        (f"rejected {'a' * 21} {'b' * 20}".encode(), f"rejected {'b' * 20}"),
        (b"rejected rollbook.example/account?token%3Dabc", "rejected"),
        (b"4.2.2 Mailbox full.\n4.2.2 Try later, please!", "4.2.2 Mailbox full Try later please"),
        (b"2.0.0 Queued as 4F2A from 192.0.2.7", "2.0.0 Queued as from"),
        ("Postfach überfüllt".encode(), "Postfach überfüllt"),
        ("it's a black-listed host", "it's a black-listed host"),
        (b"\xff\x00 broken \x1b[31m", "broken"),
        (b"5.1.1.9 is an address and no status", "is an address and no status"),
    ],
)
def test_V_08_only_codes_and_harmless_words_are_kept(reply, kept):
    assert describe_reply(550, reply) == f"the mail server answered 550 {kept}"


@pytest.mark.parametrize("reply", [b"", b"  ", TOKEN.encode()])
def test_a_reply_without_words_leaves_the_code(reply):
    assert describe_reply(421, reply) == "the mail server answered 421"


def test_a_long_reply_is_cut():
    described = describe_reply(550, b"spam " * 1000)

    assert len(described) < len("the mail server answered 550 ") + MAX_WORDS_LENGTH
