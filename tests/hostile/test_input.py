"""Whatever is sent: H-01 to H-08, H-14, H-15."""

import string
from itertools import count
from urllib.parse import quote

import pytest

from tests.hostile import corpus
from tests.hostile.processes import processor_seconds
from tests.hostile.wire import Wire, check

LISTED = "/api/users"
SPELLINGS = {"nul": "a\x00b", "surrogate": "\ud800", "half a pair": "\udfff x"}
numbers = count(1)


@pytest.fixture(scope="module")
def answers(service):
    return corpus.run(service)


def account(name, **changed):
    good = {"username": name, "email": f"{name}@example.org", "password": corpus.GOOD}
    return {**good, **changed}


class TestTheCorpus:
    def test_H_01_no_input_makes_an_error_of_ours(self, answers):
        assert len(answers) >= 300
        for answer in answers.values():
            check(answer)
        assert [name for name, answer in answers.items() if answer.status >= 500] == []

    def test_H_01_the_service_is_well_afterwards(self, answers, wire):
        for _ in range(8):
            assert wire.get("/health/ready").status == 200

    def test_H_08_both_databases_answer_alike(self, answers, on_sqlite):
        expected = {name: (answer.status, answer.error) for name, answer in answers.items()}
        found = {
            name: (answer.status, answer.error) for name, answer in corpus.run(on_sqlite).items()
        }
        assert found == expected


class TestText:
    @pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
    @pytest.mark.parametrize("field", ["username", "email", "password"])
    def test_H_02_H_03_is_refused_in_registration(self, wire, field, text):
        status = wire.post("/api/register", account("h02", **{field: text})).status
        assert status == (422 if "\x00" in text else 400)

    @pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
    @pytest.mark.parametrize("field", ["username", "email", "password"])
    def test_H_02_H_03_is_refused_at_login(self, wire, field, text):
        body = {"username": "ada", "password": corpus.GOOD, field: text}
        assert wire.post("/api/login", body).status == (422 if "\x00" in text else 400)

    @pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
    @pytest.mark.parametrize("field", ["username", "display_name"])
    def test_H_02_H_03_is_refused_in_a_profile(self, wire, somebody, field, text):
        status = wire.of(somebody()).patch("/api/me", {field: text}).status
        assert status == (422 if "\x00" in text else 400)

    def test_H_02_is_refused_in_addresses(self, root):
        assert root.get(f"{LISTED}?q=%00").status == 422
        assert root.get(f"{LISTED}/%00").status == 404

    @pytest.mark.parametrize("octets", ["%ff", "%ed%a0%80", "%c0%80"])
    def test_H_03_a_query_that_is_no_utf8_finds_nobody(self, root, octets):
        answer = root.get(f"{LISTED}?q={octets}")
        assert answer.status in {200, 422}
        assert answer.status == 422 or answer.json["items"] == []


DEEP = {
    "33 lists": (b"[" * 33 + b"]" * 33, 400),
    "33 objects": (b'{"a":' * 33 + b"1" + b"}" * 33, 400),
    "1000 lists": (b"[" * 1000 + b"]" * 1000, 400),
    "1000 objects": (b'{"a":' * 1000 + b"1" + b"}" * 1000, 400),
    "30000 lists": (b"[" * 30_000 + b"]" * 30_000, 400),
    "10000 objects, open": (b'{"a":' * 10_000, 400),
    "100000 lists": (b"[" * 100_000, 413),
    "32 lists": (b"[" * 32 + b"]" * 32, 422),
}


class TestJson:
    @pytest.mark.parametrize(("body", "status"), DEEP.values(), ids=DEEP)
    def test_H_04_is_bounded_in_depth(self, wire, somebody, body, status):
        assert wire.of(somebody()).patch("/api/me", body).status == status

    def test_H_04_depth_costs_next_to_nothing(self, service, wire, somebody):
        user = wire.of(somebody())
        before = processor_seconds(service)
        for body, _ in DEEP.values():
            user.patch("/api/me", body)
            user.patch("/api/me", body)
        assert (processor_seconds(service) - before) / len(DEEP) / 2 < 0.05
        assert wire.get("/health/live").status == 200

    @pytest.mark.parametrize("body", corpus.BODIES.values(), ids=corpus.BODIES)
    def test_H_05_is_read_strictly(self, wire, body):
        assert wire.post("/api/login", body).status in {400, 422}

    @pytest.mark.parametrize("name", ["not a number", "5000 digits", "utf-16", "repeated member"])
    def test_H_05_what_is_no_json_is_told_apart_from_what_is_wrong(self, wire, name):
        assert wire.post("/api/login", corpus.BODIES[name]).status == 400

    def test_H_05_five_thousand_digits_are_refused(self, wire, somebody):
        body = b'{"display_name": %s}' % (b"9" * 5000)
        assert wire.of(somebody()).patch("/api/me", body).status in {400, 422}

    @pytest.mark.parametrize("value", corpus.WRONG_TYPES.values(), ids=corpus.WRONG_TYPES)
    @pytest.mark.parametrize("field", ["username", "email", "password"])
    def test_H_05_wrong_types_are_refused_by_name(self, wire, field, value):
        answer = wire.post("/api/register", account("h05", **{field: value}))
        assert (answer.status, answer.rules) == (422, [(f"/{field}", "type")])


class TestIds:
    def test_H_06_what_is_no_id_names_nothing(self, root):
        odd = [name for name in corpus.IDS if name not in {"unknown", "nil"}]
        answers = [root.get(f"{LISTED}/{corpus.IDS[name]}") for name in odd]
        assert {(answer.status, answer.error) for answer in answers} == {(404, "not_found")}
        assert len({answer.alike[2] for answer in answers}) == 1

    def test_H_06_a_number_in_other_digits_is_no_number(self, root):
        assert root.get(f"{LISTED}?limit=%D9%A1").status == 422


class TestPages:
    @pytest.mark.parametrize(
        "limit", ["0", "-1", "101", "1000000000", "1" + "0" * 20, "abc", "1.5", "", "%2B1", "1_0"]
    )
    def test_H_07_the_size_is_bounded(self, root, limit):
        answer = root.get(f"{LISTED}?limit={limit}")
        assert (answer.status, [place for place, _ in answer.rules]) == (422, ["limit"])

    def test_H_07_it_is_20_by_itself_and_100_at_most(self, root, somebody):
        for _ in range(25):
            somebody()
        assert len(root.get(LISTED).json["items"]) == 20
        assert root.get(f"{LISTED}?limit=100").status == 200

    @pytest.mark.parametrize(
        "query",
        ["sort=password_hash", "sort=id", "sort=", "limit=1&limit=999", "q=a&q=b", "offset=1"],
    )
    def test_H_07_the_rest_is_a_closed_list(self, root, query):
        assert root.get(f"{LISTED}?{query}").status == 422


MAX_EMAIL_LENGTH = f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 54}.org"
LONGEST = {
    "display_name": "ß" * 80,
    "username": "u" * 32,
    "email": MAX_EMAIL_LENGTH,
}
LENGTHENED = {  # what is compared is longer than what was sent
    "display_name": "\ufdfa" * 80,
    "email": "\u1e9e" * 20 + "@example.org",
}


class TestLengths:
    """On both databases, of which one counts and the other does not."""

    @pytest.fixture(params=["service", "on_sqlite"])
    def change(self, request):
        """Change an account, as an administrator."""
        service = request.getfixturevalue(request.param)
        path = f"{LISTED}/{service.person(f'Length{next(numbers)}').id}"
        administrator = Wire(service.port).of(service.administrator)
        return lambda changes: administrator.patch(path, changes)

    @pytest.mark.parametrize("field", LONGEST)
    def test_H_08_the_longest_is_taken_whole_and_a_longer_one_refused(self, change, field):
        longest = LONGEST[field]
        taken = change({field: longest})
        assert (taken.status, taken.json.get(field)) == (200, longest)
        assert change({field: f"a{longest}"}).status == 422
        assert change({field: longest[0]}).status == (200 if field == "display_name" else 422)

    @pytest.mark.parametrize("field", LENGTHENED)
    def test_H_08_what_grows_when_it_is_folded_is_taken_or_refused(self, change, field):
        assert change({field: LENGTHENED[field]}).status in {200, 422}
        assert change({field: "\ufdfa" * 64 + "@example.org"}).status in {200, 422}


QUOTES = ("'", "''", "' OR '1'='1", "'; SELECT pg_sleep(5)--", '"', "\\", "%", "_", "%' --", "*")


class TestInjection:
    @pytest.mark.parametrize("text", QUOTES)
    def test_H_14_a_query_is_text_and_no_sql(self, root, text):
        answer = root.get(f"{LISTED}?q={quote(text)}&count=true")
        assert (answer.status, answer.json["items"], answer.json["total"]) == (200, [], 0)

    @pytest.mark.parametrize("text", QUOTES)
    def test_H_14_a_login_is_text_and_no_sql(self, wire, text):
        assert wire.log_in(f"somebody1{text}", f"x{text}").status == 401

    @pytest.mark.parametrize(
        "sort", ["(select pg_sleep(5))", "created_at;select 1", "created_at desc", "1", "-id", "--"]
    )
    @pytest.mark.parametrize("name", ["sort", "status", "role", "created_after", "limit", "count"])
    def test_H_14_what_chooses_is_a_closed_list(self, root, name, sort):
        answer = root.get(f"{LISTED}?{name}={quote(sort)}")
        assert answer.status == (200 if (name, sort) == ("limit", "1") else 422)

    def test_H_14_a_cursor_with_one_letter_changed_is_refused(self, root, somebody):
        somebody()
        cursor = root.get(f"{LISTED}?limit=1").json["next"]
        letters = string.ascii_letters + string.digits + "-_"
        for place, letter in enumerate(cursor):
            other = letters[(letters.index(letter) + 1) % len(letters)]
            changed = f"{cursor[:place]}{other}{cursor[place + 1 :]}"
            answer = root.get(f"{LISTED}?limit=1&cursor={changed}")
            assert (answer.status, answer.rules) == (422, [("cursor", "cursor")]), place
        assert root.get(f"{LISTED}?limit=1&cursor={cursor}").status == 200

    def test_H_14_a_cursor_cut_grown_or_used_for_another_order_is_refused(self, root, somebody):
        somebody()
        cursor = root.get(f"{LISTED}?limit=1").json["next"]
        for forged in (cursor[:-1], cursor[4:], f"{cursor}A", f"{cursor}=", f"{cursor}%20", ""):
            assert root.get(f"{LISTED}?cursor={forged}").status == 422
        assert root.get(f"{LISTED}?cursor={cursor}&sort=-created_at").status == 422

    def test_H_14_a_cursor_of_another_secret_is_refused(self, root, on_sqlite):
        for name in ("First", "Second"):
            on_sqlite.person(f"Cursor{name}")
        theirs = Wire(on_sqlite.port).of(on_sqlite.administrator)
        cursor = theirs.get(f"{LISTED}?limit=1").json["next"]
        assert root.get(f"{LISTED}?limit=1&cursor={cursor}").status == 422


EVIL = {
    "dots": "a." * 25_000 + "@",
    "dots in the domain": "a@" + "a." * 25_000,
    "one letter": "a" * 50_000,
    "brackets": "(" * 50_000,
    "ats": "@" * 50_000,
    "hyphens": "a-" * 25_000 + "!",
    "marks": "a" + "\u0316\u0301" * 5_000,  # each six bytes when it is escaped
    "blanks": " " * 50_000 + "a",
}


class TestPatterns:
    @pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
    def test_H_15_take_no_more_time_for_evil_text(self, service, root, somebody, text):
        its = f"{LISTED}/{somebody().id}"
        for field in ("username", "email", "display_name", "created_at"):
            before = processor_seconds(service)
            assert root.patch(its, {field: text}).status == 422
            assert processor_seconds(service) - before < 0.05, field

    @pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
    def test_H_15_nor_where_strangers_may_ask(self, service, wire, text):
        body = account("h15", email=text[:3000], username=text[-500:])
        before = processor_seconds(service)
        assert wire.post("/api/register", body).status in {413, 422}
        assert wire.get(f"/api/users?q={quote(text[:1000])[:3000]}").status == 401
        assert processor_seconds(service) - before < 0.05
