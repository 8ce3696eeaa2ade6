"""Importing and exporting: what becomes of each row, and that nothing is lost on the way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

import orjson
import pytest
from sqlalchemy import event as hooks
from sqlalchemy import select, update

from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import db, in_transaction
from api.core.errors import InvalidRequest, PermissionDenied, Unauthenticated
from api.core.permissions import Permission
from api.core.secrets import new_id
from api.login import service as login
from api.sessions import service as sessions
from api.sessions.models import Reason
from api.transfer import service
from api.transfer.formats import Format
from api.transfer.service import Outcome, Summary
from api.users.models import User
from api.sessions.authentication import authenticate_session
from tests.other_systems import MAKERS
from tests.support import PASSWORD, make_principal
from tests.transfer.conftest import ndjson, rules

ADA = {"username": "ada", "email": "ada@example.org"}
GRACE = {"username": "grace", "email": "grace@example.org"}
KNOWN = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
WHOLE = {
    **ADA,
    "id": str(KNOWN),
    "display_name": "Ada Lovelace",
    "roles": ["admin", "user"],
    "status": "suspended",
    "status_reason": "Lost her key",
    "user_metadata": {"theme": "dark", "on": True},
    "app_metadata": {"plan": {"name": "free", "seats": [1, 2.5, None]}},
    "password_hash": MAKERS["bcrypt 2y"](PASSWORD),
    "created_at": "2019-12-10T01:02:03.456789+01:00",
    "updated_at": "2020-12-10T01:02:03Z",
}


def crowd(number, **more):
    return [
        {"username": f"person{n}", "email": f"person{n}@example.org", **more} for n in range(number)
    ]


def facts(event):
    found = db.session.scalars(select(AuditEvent).filter_by(event=event).order_by(AuditEvent.id))
    told = [(fact.actor_id, fact.details) for fact in found]
    db.session.rollback()
    return told


def outcomes(results):
    return [result.outcome.value for result in results]


class TestImporting:
    def test_takes_over_who_somebody_is(self, import_batch, kept):
        (result,), summary = import_batch(WHOLE)

        ada = kept()["ada"]
        assert result.outcome == Outcome.CREATED
        assert summary == Summary(created=1, unchanged=0, rejected=0, dry_run=False)
        assert ada.id == result.id == KNOWN
        assert ada.display_name == "Ada Lovelace"
        assert (ada.roles, ada.status) == (("admin", "user"), "suspended")
        assert ada.password_hash == WHOLE["password_hash"]
        assert ada.status_reason == "Lost her key"
        assert (ada.user_metadata, ada.app_metadata, ada.deleted_at, ada.version) == (
            WHOLE["user_metadata"],
            WHOLE["app_metadata"],
            None,
            1,
        )
        assert ada.created_at == datetime(2019, 12, 10, 0, 2, 3, 456789, tzinfo=UTC)
        assert ada.updated_at == datetime(2020, 12, 10, 1, 2, 3, tzinfo=UTC)
        assert (ada.username_key, ada.email_key) == ("ada", "ada@example.org")
        assert ada.display_name_key == "ada lovelace"

    def test_two_names_are_enough(self, import_batch, kept):
        (result,), _ = import_batch(ADA)

        ada = kept()["ada"]
        assert ada.id == result.id
        assert (ada.roles, ada.status, ada.password_hash) == (("user",), "active", None)
        assert ada.created_at == ada.updated_at

    @pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
    def test_whoever_is_taken_in_logs_in_as_before(self, import_batch, make, kept):
        import_batch({**ADA, "password_hash": make(PASSWORD)})

        grant = in_transaction(lambda: login.log_in(PASSWORD, username="ada"))

        assert grant.user_id == kept()["ada"].id
        assert kept()["ada"].password_hash.startswith("$argon2id$")

    def test_without_a_hash_nobody_logs_in_yet(self, import_batch):
        import_batch(ADA)

        with pytest.raises(login.InvalidCredentials):
            in_transaction(lambda: login.log_in("", username="ada"))

    @pytest.mark.parametrize(
        ("changes", "found"),
        [
            ({"password": PASSWORD}, [("/password", "password_not_hashed")]),
            ({"password_hash": PASSWORD}, [("/password_hash", "hash_unknown")]),
            (
                {"password_hash": WHOLE["password_hash"].replace("$04$", "$20$")},
                [("/password_hash", "hash_too_costly")],
            ),
            ({"username": "a b"}, [("/username", "pattern")]),
            ({"username": None}, [("/username", "type")]),
            ({"email": "nowhere"}, [("/email", "format")]),
            ({"display_name": "x\0y"}, [("/display_name", "pattern")]),
            ({"roles": ["emperor"]}, [("/roles", "role")]),
            ({"roles": ["A b"]}, [("/roles/0", "pattern")]),
            ({"roles": "admin"}, [("/roles", "type")]),
            ({"status": "asleep"}, [("/status", "enum")]),
            ({"id": "1"}, [("/id", "format")]),
            ({"user_metadata": []}, [("/user_metadata", "type")]),
            ({"user_metadata": {"x": "y" * 20_000}}, [("/user_metadata", "maxBytes")]),
            ({"app_metadata": {"x": 2**60}}, [("/app_metadata/x", "number")]),
            ({"created_at": "yesterday"}, [("/created_at", "format")]),
            ({"token_generation": 7}, [("/token_generation", "additionalProperties")]),
        ],
    )
    def test_a_row_that_breaks_a_rule_costs_no_other_and_is_not_repeated(
        self, import_batch, kept, changes, found
    ):
        results, summary = import_batch({**ADA, **changes}, GRACE)

        assert outcomes(results) == ["refused", "created"]
        assert rules(results[0]) == found
        assert PASSWORD not in str(results)
        assert (summary.created, summary.rejected) == (1, 1)
        assert list(kept()) == ["grace"]

    @pytest.mark.parametrize("row", [b"[]", b"null", b'"ada"', b"7", b"{}", b"{", b"[1]"])
    def test_what_is_no_account_is_refused(self, import_batch, row):
        results, _ = import_batch(row, GRACE)

        assert outcomes(results) == ["refused", "created"]

    def test_names_that_are_taken_are_refused_and_both_are_told(self, import_batch, user):
        user("Ada")

        results, _ = import_batch(
            {**GRACE, "username": "ADA"},
            {**GRACE, "email": "Ada@EXAMPLE.org"},
            ADA,
            GRACE,
        )

        assert outcomes(results) == ["refused", "refused", "refused", "created"]
        assert [rules(result) for result in results[:3]] == [
            [("/username", "username_taken")],
            [("/email", "email_taken")],
            [("/username", "username_taken"), ("/email", "email_taken")],
        ]

    def test_of_two_rows_of_one_file_the_first_has_the_name(self, import_batch, kept):
        results, _ = import_batch(
            ADA, {**GRACE, "username": "Ada"}, {**ADA, "username": "eve"}, GRACE
        )

        assert outcomes(results) == ["created", "refused", "refused", "created"]
        assert sorted(kept()) == ["ada", "grace"]

    def test_a_row_that_is_refused_takes_no_name(self, import_batch, user):
        user("Ada")

        results, _ = import_batch({**GRACE, "username": "ada"}, GRACE)

        assert outcomes(results) == ["refused", "created"]

    def test_it_can_be_repeated(self, import_batch, kept):
        rows = [WHOLE, {**GRACE, "id": str(new_id())}]
        import_batch(*rows)
        before = kept()["ada"].updated_at

        results, summary = import_batch(*rows)

        assert outcomes(results) == ["unchanged", "unchanged"]
        assert results[0].id == KNOWN
        assert summary == Summary(created=0, unchanged=2, rejected=0, dry_run=False)
        assert kept()["ada"].updated_at == before

    def test_it_can_be_repeated_after_somebody_has_logged_in(self, import_batch):
        row = {**WHOLE, "status": "active"}
        import_batch(row)
        in_transaction(lambda: login.log_in(PASSWORD, username="ada"))

        assert outcomes(import_batch(row)[0]) == ["unchanged"]

    def test_what_the_file_does_not_tell_may_be_otherwise(self, import_batch):
        import_batch(WHOLE)

        results, _ = import_batch(
            {**ADA, "id": str(KNOWN)},
            {**ADA, "id": str(KNOWN), "roles": ["user"]},
        )

        assert outcomes(results) == ["unchanged", "refused"]

    def test_it_changes_nobody(self, import_batch, kept):
        import_batch(WHOLE)

        results, _ = import_batch(
            {**WHOLE, "display_name": "Countess"}, {**GRACE, "id": str(KNOWN)}
        )

        assert outcomes(results) == ["refused", "refused"]
        assert ("/id", "id_taken") in rules(results[0])
        assert rules(results[1]) == [("/id", "id_taken")]
        assert kept()["ada"].display_name == "Ada Lovelace"

    @pytest.mark.parametrize("number", [0, 1, 499, 500, 501, 1203])
    def test_every_row_is_told_of_in_order_however_many_there_are(self, import_batch, kept, number):
        results, summary = import_batch(*crowd(number))

        assert [result.line for result in results] == list(range(1, number + 1))
        assert set(outcomes(results)) <= {"created"}
        assert summary.created == len(kept()) == number

    def test_a_name_that_comes_again_much_later_is_refused(self, import_batch):
        results, summary = import_batch(*crowd(1100), {**GRACE, "username": "Person7"})

        assert rules(results[-1]) == [("/username", "username_taken")]
        assert (summary.created, summary.rejected) == (1100, 1)

    def test_more_rows_than_are_taken_at_once_are_not_read(self, import_batch):
        results, summary = import_batch(*crowd(700), most=600)

        assert (len(results), summary.created, summary.rejected) == (601, 600, 1)
        assert results[-1].line == 601
        assert rules(results[-1]) == [("", "too_many_rows")]
        assert import_batch(*crowd(600), most=600)[1].rejected == 600  # of which none is beyond

    def test_what_was_written_stands_when_the_rest_never_comes(self, context, kept):
        def broken():
            yield from ndjson(*crowd(service.BATCH))
            assert len(kept()) == service.BATCH
            yield from ndjson(ADA)
            raise ConnectionError

        with pytest.raises(ConnectionError):
            list(service.import_users(broken(), format=Format.NDJSON, by=None))

        assert len(kept()) == service.BATCH

    def test_one_fact_is_recorded_for_a_batch(self, import_batch, user):
        root = user("Root", role="admin")
        by = make_principal(root.id, frozenset(Permission))

        import_batch(*crowd(600), {**GRACE, "email": "nowhere"}, by=by)

        assert facts("users.imported") == [
            (root.id, {"created": 500, "unchanged": 0, "refused": 0, "dry_run": False}),
            (root.id, {"created": 100, "unchanged": 0, "refused": 1, "dry_run": False}),
        ]

    def test_who_has_been_deleted_stays_so_and_needs_no_name(self, import_batch, kept, user):
        user("Ada")
        gone = {**WHOLE, "deleted_at": "2026-11-01T00:00:00Z"}

        results, _ = import_batch(
            gone, {**gone, "id": str(new_id())}, {**WHOLE, "id": str(new_id())}
        )

        assert outcomes(results) == ["created", "created", "refused"]
        assert kept()["ada"].deleted_at == datetime(2026, 11, 1, tzinfo=UTC)
        assert outcomes(import_batch(gone)[0]) == ["unchanged"]

    def test_documents_come_in_cells_as_well(self, import_batch, kept):
        text = (
            b"username,email,user_metadata\n"
            b'ada,ada@example.org,"{""theme"": ""dark""}"\n'
            b"eve,eve@example.org,dark\n"
        )

        results, _ = import_batch(source=[text], format=Format.CSV)

        assert outcomes(results) == ["created", "refused"]
        assert rules(results[1]) == [("/user_metadata", "json")]
        assert kept()["ada"].user_metadata == {"theme": "dark"}

    def test_csv_is_taken_as_well(self, import_batch, kept):
        text = (
            "\ufeffusername,email,display_name,roles,password_hash,created_at\r\n"
            'ada,ada@example.org,"Lovelace, Ada",user admin,'
            f"{WHOLE['password_hash']},2019-12-10T00:00:00Z\r\n"
            "grace,grace@example.org,,,,\r\n"
        )

        results, summary = import_batch(source=[text.encode()], format=Format.CSV)

        ada, grace = kept().values()
        assert [result.line for result in results] == [2, 3]
        assert summary.created == 2
        assert (ada.display_name, ada.roles) == ("Lovelace, Ada", ("admin", "user"))
        assert ada.password_hash == WHOLE["password_hash"]
        assert (grace.display_name, grace.roles, grace.password_hash) == (None, ("user",), None)

    def test_a_column_that_nobody_knows_stops_it_at_once(self, import_batch):
        with pytest.raises(InvalidRequest):
            import_batch(source=[b"username,email,shoe_size\nada,a@b.org,7\n"], format=Format.CSV)


class TestWhoMayImport:
    def test_A_05_it_takes_a_permission_at_once(self, import_batch):
        everything_else = frozenset(Permission) - {Permission.USERS_IMPORT}

        with pytest.raises(PermissionDenied):
            service.import_users(
                [], format=Format.NDJSON, by=make_principal(new_id(), everything_else)
            )

    @pytest.mark.parametrize(
        "lacking", [Permission.ROLES_WRITE, Permission.USERS_HASHES, Permission.AUDIT_READ]
    )
    def test_nobody_brings_in_administrators_who_may_more_than_they_do(
        self, import_batch, kept, lacking
    ):
        by = make_principal(new_id(), frozenset(Permission) - {lacking})

        results, _ = import_batch({**ADA, "roles": ["admin"]}, GRACE, by=by)

        assert rules(results[0]) == [("/roles", "permission_denied")]
        assert list(kept()) == ["grace"]

    def test_whoever_may_everything_brings_in_administrators_and_the_trail_tells(
        self, import_batch
    ):
        by = make_principal(new_id(), frozenset(Permission))

        (result,), _ = import_batch({**ADA, "roles": ["admin"]}, by=by)

        assert result.outcome == "created"
        granted = select(AuditEvent).filter_by(event="role.granted")
        fact = db.session.scalars(granted).one()
        assert (fact.subject_id, fact.actor_id) == (result.id, by.id)
        assert fact.details == {"role": "admin"}

    def test_who_is_shut_out_meanwhile_brings_in_nobody_else(self, user, kept):
        """A request that goes on for an hour has to look again."""
        fired = user("Fired", role="admin")
        session = in_transaction(lambda: sessions.open_for(fired.id)).session_id
        by = authenticate_session(session)

        def slowly():
            yield from ndjson(*crowd(500))
            in_transaction(lambda: sessions.end_all(fired.id, reason=Reason.USER_SUSPENDED))
            yield from ndjson({**ADA, "roles": ["admin"]})

        with pytest.raises(Unauthenticated):
            list(service.import_users(slowly(), format=Format.NDJSON, by=by))
        assert "ada" not in kept()

    def test_a_row_of_few_octets_and_many_objects_makes_a_batch_small(
        self, import_batch, monkeypatch
    ):
        monkeypatch.setattr(service, "BATCH_OCTETS", 200)

        import_batch(*crowd(20))

        assert len(facts("users.imported")) == 5

    def test_who_is_deleted_is_not_here_unchanged(self, import_batch, user):
        gone = user("Gone", deleted_at=clock.now())
        row = {"id": str(gone.id), "username": "Gone", "email": gone.email}

        assert rules(import_batch(row)[0][0]) == [("/id", "id_taken")]


class TestDryRun:
    def test_says_the_same_and_writes_nothing(self, import_batch, kept, user):
        user("Eve")
        rows = [WHOLE, {**GRACE, "username": "eve"}, {**GRACE, "email": "x"}, *crowd(600), GRACE]
        rows.append({**ADA, "username": "Person3"})

        tried, would = import_batch(*rows, dry_run=True)
        assert list(kept()) == ["Eve"]
        assert {fact["dry_run"] for _, fact in facts("users.imported")} == {True}

        done, did = import_batch(*rows)
        assert [(it.line, it.outcome, it.findings) for it in tried] == [
            (it.line, it.outcome, it.findings) for it in done
        ]
        assert (would.dry_run, did.dry_run) == (True, False)
        assert would.created == did.created == 602


class TestTogether:
    def test_names_that_are_taken_at_the_last_moment_cost_no_other_row(self, import_batch):
        """Somebody takes them after they were found free, each before one more attempt to write."""
        if db.engine.dialect.name == "sqlite":
            pytest.skip("there writers wait for each other")

        def take_a_name(_connection, _cursor, statement, *_):
            if statement.startswith("INSERT INTO users") and others:
                mine, theirs = others.popitem()
                with db.engine.begin() as other:
                    renamed = update(User).filter_by(username_key=mine)
                    other.execute(renamed.values(username_key=theirs))

        others = {"ada": "person3", "eve": "person9", "ivy": "person17"}
        import_batch(*({"username": name, "email": f"{name}@example.org"} for name in others))
        hooks.listen(db.engine, "before_cursor_execute", take_a_name)
        results, summary = import_batch(*crowd(20))
        hooks.remove(db.engine, "before_cursor_execute", take_a_name)

        rejected = [result for result in results if result.outcome == Outcome.REFUSED]
        assert [result.line for result in rejected] == [4, 10, 18]
        assert [rules(result) for result in rejected] == [[("/username", "username_taken")]] * 3
        assert summary.created == 17

    def test_two_who_import_the_same_file_at_once_share_the_rows(self, app, kept):
        rows = ndjson(*crowd(1500))

        def run():
            with app.app_context():
                *_, summary = service.import_users(rows, format=Format.NDJSON, by=None)
                return summary

        with ThreadPoolExecutor(2) as threads:
            first, second = (done.result(60) for done in [threads.submit(run) for _ in range(2)])

        assert first.created + second.created == len(kept()) == 1500
        assert first.rejected + second.rejected == 1500


class TestExporting:
    def exported(self, *, by=None, query=None, **options):
        text = b"".join(service.export_users(query or {}, by=by, **options))
        return [orjson.loads(line) for line in text.splitlines()]

    def test_hands_out_what_import_takes_back_without_loss(self, import_batch, kept, app):
        import_batch(
            WHOLE, GRACE, {**ADA, "username": "Eve", "email": "e@b.org", "display_name": "É"}
        )
        everything = b"".join(service.export_users({}, by=None, hashes=True))
        before = {name: _all_of(user) for name, user in kept().items()}
        db.session.query(User).delete()
        db.session.commit()

        results, _ = import_batch(source=[everything])

        assert outcomes(results) == ["created"] * 3
        assert {name: _all_of(user) for name, user in kept().items()} == before
        assert b"".join(service.export_users({}, by=None, hashes=True)) == everything
        assert import_batch(source=[everything])[1].unchanged == 3

    def test_goes_through_all_of_them_once(self, import_batch, monkeypatch):
        monkeypatch.setattr(service, "PAGE", 7)
        import_batch(*crowd(50))

        names = [row["username"] for row in self.exported()]

        assert sorted(names) == sorted(row["username"] for row in crowd(50))

    def test_whoever_is_there_throughout_is_in_it_once(self, import_batch, monkeypatch, kept):
        monkeypatch.setattr(service, "PAGE", 10)
        import_batch(*crowd(50))
        pages = service.export_users({}, by=None)
        seen = b"".join(islice(pages, 2))
        db.session.execute(update(User).values(updated_at=datetime.now(UTC)))
        gone = kept()["person3"].id
        db.session.query(User).filter_by(id=gone).delete()
        db.session.commit()
        import_batch(ADA)

        seen += b"".join(pages)

        names = [orjson.loads(line)["username"] for line in seen.splitlines()]
        assert len(names) == len(set(names))
        assert {row["username"] for row in crowd(50)} - {"person3"} <= set(names)

    def test_those_who_match(self, import_batch):
        import_batch(WHOLE, GRACE)

        assert [row["username"] for row in self.exported(query={"status": "suspended"})] == ["ada"]
        assert [row["username"] for row in self.exported(query={"q": "gra"})] == ["grace"]

    def test_nobody_is_nothing(self, context):
        assert self.exported() == []

    def test_hashes_are_handed_out_where_they_are_asked_for(self, import_batch):
        import_batch(WHOLE)

        assert "password_hash" not in self.exported()[0]
        assert self.exported(hashes=True)[0]["password_hash"] == WHOLE["password_hash"]
        assert facts("users.exported") == [(None, {"hashes": False}), (None, {"hashes": True})]

    @pytest.mark.parametrize(
        ("lacking", "hashes"),
        [
            (Permission.USERS_EXPORT, False),
            (Permission.USERS_EXPORT, True),
            (Permission.USERS_HASHES, True),
        ],
    )
    def test_A_05_each_takes_its_permission_at_once(self, context, lacking, hashes):
        by = make_principal(new_id(), frozenset(Permission) - {lacking})

        with pytest.raises(PermissionDenied) as api_error:
            service.export_users({}, by=by, hashes=hashes)

        assert api_error.value.members["permission"] == lacking
        assert facts("users.exported") == []

    def test_without_the_one_for_hashes_the_rest_can_be_had(self, import_batch, user):
        by = make_principal(user("Root").id, frozenset({Permission.USERS_EXPORT}))

        assert [row["username"] for row in self.exported(by=by)] == ["Root"]


def _all_of(user):
    columns = {column.name: getattr(user, column.name) for column in User.__table__.columns}
    return {**columns, "roles": user.roles}
