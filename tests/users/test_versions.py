"""The versions of an account, and changes of one version only."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from api.core.database import db, in_transaction
from api.core.etags import ExpectedVersion, PreconditionFailed
from api.core.principal import OPERATOR
from api.passwords.hashing import EXTENSION, PasswordHashing
from api.users import credentials, role_assignments, service
from api.users.models import User
from tests.support import PASSWORD


def update(user, by, **changes):
    return in_transaction(lambda: service.update(user.id, changes, by=by))


@pytest.mark.usefixtures("context")
class TestVersions:
    @pytest.mark.parametrize(
        "change",
        [
            lambda ada, root: service.update(ada.id, {"username": "lovelace"}, by=root),
            lambda ada, root: service.update(ada.id, {"status": "suspended"}, by=root),
            lambda ada, root: service.update(ada.id, {"user_metadata": {"a": 1}}, by=root),
            lambda ada, root: role_assignments.grant_role(ada.id, "admin", by=root),
            lambda ada, root: service.delete(ada.id, by=root),
            lambda ada, root: credentials.set_password(  # noqa: ARG005  as the others
                credentials.by_id.first(id=ada.id), "walnut gazebo fjord", by=OPERATOR
            ),
        ],
        ids=["name", "status", "metadata", "role", "deletion", "password"],
    )
    def test_every_change_increments_the_version(self, user, root, change):
        ada = user("Ada")

        in_transaction(lambda: change(ada, root))

        after = db.session.get(User, ada.id, populate_existing=True)
        assert after.version == ada.version + 1
        assert after.updated_at > ada.updated_at

    def test_the_version_stays_if_nothing_changes(self, app, user, root, monkeypatch):
        ada = user("Ada")

        assert update(ada, root, username="Ada", status="active").version == ada.version
        known = credentials.by_id.first(id=ada.id)
        costlier = PasswordHashing(memory_kib=8, time_cost=2)
        monkeypatch.setitem(app.extensions, EXTENSION, costlier)
        assert in_transaction(lambda: credentials.lock_if_unchanged(known, PASSWORD))
        assert credentials.by_id.first(id=ada.id).password_hash != known.password_hash
        after = service.profile_by_id.first(id=ada.id)
        assert (after.version, after.updated_at) == (ada.version, ada.updated_at)

    @pytest.mark.parametrize(
        "change",
        [
            lambda ada, **by: service.update(ada.id, {"username": "lovelace"}, **by),
            lambda ada, **by: service.replace(ada.id, {"username": "lovelace"}, **by),
            lambda ada, **by: service.delete(ada.id, **by),
            lambda ada, **by: role_assignments.grant_role(ada.id, "admin", **by),
            lambda ada, **by: role_assignments.withdraw_role(ada.id, "admin", **by),
        ],
        ids=["update", "replace", "delete", "grant", "withdraw"],
    )
    def test_C_03_a_change_of_another_version_is_rejected(self, user, root, change):
        ada = user("Ada")
        other = ExpectedVersion(frozenset({ada.version + 1}))
        read = ExpectedVersion(frozenset({ada.version}))

        with pytest.raises(PreconditionFailed):
            in_transaction(lambda: change(ada, by=root, if_match=other))
        in_transaction(lambda: change(ada, by=root, if_match=read))

    def test_C_03_one_of_many_changes_of_the_same_version_succeeds(self, app, user, root):
        ada, clients = user("Ada"), 20
        read, barrier = ExpectedVersion(frozenset({ada.version})), Barrier(clients)

        def change(number):
            with app.app_context():
                barrier.wait(timeout=10)
                changes = {"display_name": f"Ada {number}"}
                try:
                    in_transaction(lambda: service.update(ada.id, changes, by=root, if_match=read))
                except PreconditionFailed:
                    return "stale"
                return "changed"

        with ThreadPoolExecutor(clients) as pool:
            outcomes = list(pool.map(change, range(clients)))

        assert sorted(outcomes) == ["changed"] + ["stale"] * (clients - 1)
        assert service.profile_by_id.first(id=ada.id).version == ada.version + 1


REPLACEMENT_MEMBERS = (
    "username",
    "email",
    "display_name",
    "status",
    "user_metadata",
    "app_metadata",
)


class TestOverHTTP:
    @pytest.fixture
    def ada(self, person):
        return person("Ada")

    def test_C_03_an_account_is_returned_with_its_version(self, ada, administrator):
        own, same = ada.get("/api/me"), administrator.get(f"/api/users/{ada.id}")

        assert own.headers["ETag"] == same.headers["ETag"] == '"1"'
        assert own.data == same.data

    def test_C_03_a_change_returns_the_new_version(self, ada):
        changed = ada.patch("/api/me", {"display_name": "Ada King"})

        assert changed.headers["ETag"] == ada.get("/api/me").headers["ETag"] == '"2"'

    def test_C_03_a_replacement_returns_no_version_because_it_keeps_other_members(
        self, ada, administrator
    ):
        account = administrator.get(f"/api/users/{ada.id}").json
        sent = {name: account[name] for name in REPLACEMENT_MEMBERS}

        assert "ETag" not in administrator.put(f"/api/users/{ada.id}", sent).headers

    def test_C_03_a_new_account_is_returned_with_its_version(self, administrator):
        grace = {"username": "grace", "email": "grace@example.org", "password": "a foot of wire"}

        assert administrator.post("/api/users", grace).headers["ETag"] == '"1"'

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_C_03_a_client_with_the_current_version_gets_no_body(self, ada, method):
        answer = ada.ask(method, "/api/me", headers={"If-None-Match": '"1"'}, expecting=304)

        assert (answer.data, answer.headers["ETag"]) == (b"", '"1"')
        assert answer.headers["Cache-Control"] == "no-store, no-transform"
        assert "X-Request-Id" in answer.headers
        assert "Content-Type" not in answer.headers

    def test_C_03_a_client_with_an_old_version_gets_the_new_one(self, ada):
        ada.patch("/api/me", {"display_name": "Ada King"})

        answer = ada.get("/api/me", headers={"If-None-Match": '"1"'})

        assert answer.json["display_name"] == "Ada King"

    def test_C_03_a_condition_does_not_reveal_the_version_without_permission(self, ada, person):
        grace = person("Grace")

        for condition in ("*", '"1"'):
            grace.get(f"/api/users/{ada.id}", headers={"If-None-Match": condition}, expecting=403)

    @pytest.mark.parametrize("condition", ['"2"', 'W/"1"', "1", '"abc"'])
    def test_C_03_every_change_of_another_version_is_rejected(self, ada, administrator, condition):
        path, headers = f"/api/users/{ada.id}", {"If-Match": condition}
        account = administrator.get(path).json
        account = {name: account[name] for name in REPLACEMENT_MEMBERS}

        rejected = [
            ada.patch("/api/me", {"display_name": "A"}, headers=headers, expecting=412),
            administrator.patch(path, {"status": "suspended"}, headers=headers, expecting=412),
            administrator.put(path, account, headers=headers, expecting=412),
            administrator.delete(path, headers=headers, expecting=412),
        ]

        assert {answer.json["error"] for answer in rejected} == {"precondition_failed"}
        assert ada.get("/api/me").headers["ETag"] == '"1"'

    @pytest.mark.parametrize("condition", ['"1"', "*", '"7", "1"'])
    def test_C_03_a_change_of_the_current_version_succeeds(self, ada, administrator, condition):
        headers = {"If-Match": condition}

        ada.patch("/api/me", {"display_name": "A"}, headers=headers)
        administrator.delete(f"/api/users/{ada.id}", headers={"If-Match": '"2"'})

    def test_C_03_an_unknown_user_is_not_found_with_any_condition(self, administrator):
        unknown_user = "/api/users/01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"

        for condition in ("*", '"1"'):
            headers = {"If-Match": condition}
            administrator.patch(unknown_user, {"status": "active"}, headers=headers, expecting=404)
            administrator.delete(unknown_user, headers=headers, expecting=404)
