"""Keys: all spellings of one name have one key, other names have other keys."""

import pytest

from api.core.identifiers import MAX_NAME_LENGTH, email_key, is_email, name_key, username_key

PHRASE = "\ufdfa"  # one character whose folded form has eighteen
MAX_LENGTH_EMAIL = "a" * 61 + "@" + ("x" * 61 + ".") * 3 + "rg.org"  # 254 in all
MAX_KEY_EMAIL = "aa" + PHRASE * 17 + "@example.org"  # its key just fits its column


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("Ada", "ada"),
        (" ada ", "ada"),
        ("ＡＤＡ", "ada"),
        ("straße", "strasse"),
        ("e\u0301", "\u00e9"),
        ("\u0345", "i"),  # which folding composes again, to a letter that looks like i
        ("\u0430da", "ada"),  # Cyrillic
        ("\u53e3", "\u30ed"),  # Han and Katakana
        ("Ada@EX\u00c4MPLE.org", "ada@xn--exmple-cua.org"),
        ("1l0o", "1l0o"),
        ("Ǆ", "dž"),
    ],
)
def test_spellings_of_one_username_have_one_key(spelling, key):
    assert username_key(spelling) == key
    assert username_key(key) == key


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        (" ada@example.org ", "ada@example.org"),
        ("ａｄａ@example.org", "ada@example.org"),
        ("ﬁ@example.org", "fi@example.org"),
        ("ADA@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@example。org", "ada@example.org"),
        ("ada@１２.example.org", "ada@12.example.org"),
        ("ada@BÜCHER.Test", "ada@xn--bcher-kva.test"),
        ("e\u0301@example.org", "\u00e9@example.org"),
    ],
)
def test_spellings_of_one_mailbox_have_one_key(spelling, key):
    assert email_key(spelling) == key
    assert email_key(key) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.org", "ada@example.com"),
        ("ada@example.org", "a.da@example.org"),
        ("ada@example.org", "ada+rolls@example.org"),
        ("adı@example.org", "adi@example.org"),
        ("аda@example.org", "ada@example.org"),  # the first letter is Cyrillic
    ],
)
def test_other_mailboxes_have_other_keys(one, other):
    assert email_key(one) != email_key(other)


@pytest.mark.parametrize("typed", ["Ada", "@", "ada@", "@example.org", "A@b@c.org", "ada@[::1]"])
def test_text_that_is_no_e_mail_address_has_a_key_too(typed):
    assert email_key(f" {typed} ") == typed.lower()


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org",
        "Ada.King+rolls@example.org",
        "ada@bücher.example",
        "é@example.org",
        "x" * 64 + "@example.org",
        "é" * 32 + "@example.org",
        "a@" + "x" * 63 + ".org",
        "ada@staging.test",
        MAX_LENGTH_EMAIL,
        MAX_KEY_EMAIL,
    ],
    ids=ascii,
)
def test_a_valid_e_mail_address_is_accepted(address):
    assert is_email(address)


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "ada",
        "ada@",
        "@example.org",
        "ada@example.org.",
        "ada@[127.0.0.1]",
        '"a b"@example.org',
        "a..b@example.org",
        "a.@example.org",
        " ada@example.org",
        "ada @example.org",
        "ada@exa mple.org",
        "ada@ex_ample.org",
        "a@b@c.org",
        "ada\n@example.org",
        "ada\0@example.org",
        "\ud800@example.org",
        "x" * 65 + "@example.org",
        "a@" + "x" * 64 + ".org",
        "é" * 33 + "@example.org",
        "a" * 64 + "@" + f"{'x' * 60}." * 4 + "example.org",
        "b" + MAX_LENGTH_EMAIL,
        "b" + MAX_KEY_EMAIL,
        "",
    ],
    ids=ascii,
)
def test_an_invalid_e_mail_address_is_rejected(text):
    assert not is_email(text)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (None, None),
        ("", None),
        ("Ada KING", "ada king"),
        (PHRASE * MAX_NAME_LENGTH, "صلى الله عليه وسلم"[:18] * 4 + "صلى الله"),
    ],
)
def test_a_name_is_searched_for_by_its_folded_form_as_far_as_it_fits(name, key):
    assert name_key(name) == key
