"""Registration: R-02, R-04, R-05."""

from functools import partial
from itertools import count

import pytest
from sqlalchemy import inspect

from api.core.database import db
from tests.hostile.corpus import GOOD
from tests.hostile.wire import at_once, retry_while_busy

PAIRS = {  # two spellings of one mailbox
    "letter case": ("Case@example.org", "case@example.org"),
    "letter case of the domain": ("domain@EXAMPLE.org", "domain@example.org"),
    "composed and decomposed": ("caf\u00e9@example.org", "cafe\u0301@example.org"),
    "full width": ("wide@example.org", "\uff57\uff49\uff44\uff45@example.org"),
    "ligature": ("ofﬁce@example.org", "office@example.org"),
    "sharp s": ("stra\u00dfe@example.org", "strasse@example.org"),
    "long s": ("longs@example.org", "long\u017f@example.org"),
    "kelvin sign": ("kelvin@example.org", "\u212aelvin@example.org"),
    "domain in punycode": ("idna@xn--bcher-kva.example.org", "idna@bücher.example.org"),
    "full stop of another script": ("stop@example.org", "stop@example\u3002org"),
    "dot at the end": ("dot@example.org", "dot@example.org."),
    "blanks around": ("blank@example.org", " blank@example.org "),
    "blanks within": ("within@example.org", "with in@example.org"),
    "quoted": ("quoted@example.org", '"quoted"@example.org'),
}

REJECTED = {
    "header": "a@example.org\r\nBcc: v@example.org",
    "line feed at the end": "a@example.org\n",
    "no dot": "a@b",
    "65 before the at": f"{'a' * 65}@example.org",
    "255 characters": f"{'a' * 60}@{'b' * 63}.{'c' * 63}.{'d' * 60}.org.uk",
    "quoted": '"a b"@example.org',
    "address literal": "a@[127.0.0.1]",
    "number literal": "a@127.0.0.1",
    "zero width space": "a\u200bb@example.org",
    "right to left override": "a\u202eb@example.org",
    "two ats": "a@b@example.org",
    "no name": "@example.org",
    "two dots": "a..b@example.org",
    "dot first": ".a@example.org",
    "comment": "a(b)@example.org",
    "name before": "Ada <a@example.org>",
    "list": "a@example.org,b@example.org",
    "special domain": "a@localhost",
    "underscore": "a@ex_ample.org",
    "hyphen first": "a@-example.org",
    "encode_part": "a%40example.org",
    "nul": "a\x00@example.org",
}

numbers = count(1)


def register(wire, email, username=None):
    name = username or f"reg{next(numbers)}"
    body = {"username": name, "email": email, "password": GOOD}
    return retry_while_busy(lambda: wire.post("/api/register", body))


class TestUniqueness:
    @pytest.mark.parametrize(("first", "second"), PAIRS.values(), ids=PAIRS)
    def test_R_02_a_mailbox_has_one_account_in_every_spelling(self, wire, root, first, second):
        assert register(wire, first).status == 201
        again = register(wire, second)
        assert (again.status, again.error) in {(409, "email_taken"), (422, "invalid_request")}
        changed = root.post("/api/users", {"username": "x-1", "email": second, "password": GOOD})
        assert changed.status in {409, 422}

    def test_R_02_a_change_to_a_taken_address_is_rejected(self, root, make_person):
        victim, other = make_person(), make_person()
        answer = root.patch(f"/api/users/{other.id}", {"email": victim.email.upper()})
        assert (answer.status, answer.error) == (409, "email_taken")

    @pytest.mark.parametrize(
        ("first", "second"), [("r02.Name", "R02.nAME"), ("r02_k", "R02_\u212a"), ("r02a", " r02a")]
    )
    def test_R_02_a_username_has_one_account_in_every_spelling(self, wire, first, second):
        assert register(wire, f"{first.lower()}@example.org", first).status == 201
        assert register(wire, "other@example.org", second).status in {409, 422}

    def test_R_02_the_database_has_unique_indexes(self, service):
        with service.local_service.app.app_context():
            indexes = inspect(db.engine).get_indexes("users")
        columns = sorted(one["column_names"] for one in indexes if one["unique"])
        assert columns == [["email_key"], ["external_source", "external_id"], ["username_key"]]


class TestRaces:
    @pytest.mark.parametrize("turn", range(5))
    def test_R_04_one_of_twenty_registrations_gets_an_address(self, wire, root, turn):
        email = f"race{turn}@example.org"
        spellings = [email, email.upper(), email.title(), email] * 5
        acts = [partial(register, wire, spelling) for spelling in spellings]

        answers = at_once(acts)

        assert sorted(answer.status for answer in answers) == [201] + [409] * 19
        assert {answer.error for answer in answers} == {None, "email_taken"}
        assert root.get(f"/api/users?q={email}&count=true").json["total"] == 1

    def test_R_04_one_of_twenty_registrations_gets_a_username(self, wire, root):
        acts = [partial(register, wire, f"n{number}@example.org", "racer") for number in range(20)]

        answers = at_once(acts)

        assert sorted(answer.status for answer in answers) == [201] + [409] * 19
        assert {answer.error for answer in answers} == {None, "username_taken"}
        assert root.get("/api/users?q=racer&count=true").json["total"] == 1


class TestEmailAddress:
    @pytest.mark.parametrize("email", REJECTED.values(), ids=REJECTED)
    def test_R_05_an_undeliverable_or_unsafe_address_is_rejected(
        self, wire, root, count_hashes, email
    ):
        answer = register(wire, email)
        assert (answer.status, {place for place, _ in answer.rules}) == (422, {"/email"})
        body = {"username": "r05", "email": email, "password": GOOD}
        assert root.post("/api/users", body).status == 422
        assert count_hashes() == 0
