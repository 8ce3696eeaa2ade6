"""Every change of an account raises its version, and a change may be meant for one alone."""

import pytest

from api.core.actor import Actor, Permission
from api.core.database import db, in_transaction
from api.core.versions import ANY, Expected, Stale
from api.users import credentials, grants, service
from api.users.models import User

FIRST = Expected(frozenset({1}))
SECOND = Expected(frozenset({2}))


class TestTheRule:
    pytestmark = pytest.mark.usefixtures("context")

    @pytest.fixture
    def root(self, user):
        return Actor(user("Root", role="admin").id, frozenset(Permission))

    @pytest.mark.parametrize("changes", [{"display_name": "Ada King"}, {"status": "suspended"}])
    def test_C_03_a_change_raises_the_version(self, user, root, changes):
        ada = user("Ada")

        changed = in_transaction(lambda: service.update(ada.id, changes, by=root))

        assert (ada.version, changed.version) == (1, 2)
        assert service.read(ada.id, by=root).version == 2

    def test_C_03_a_role_that_comes_or_goes_raises_it_since_it_is_shown(self, user, root):
        ada = user("Ada")

        for act, version in ((grants.grant, 2), (grants.grant, 2), (grants.withdraw, 3)):
            in_transaction(lambda act=act: act(ada.id, "admin", by=root))
            assert service.read(ada.id, by=root).version == version

    def test_what_changes_nothing_leaves_it(self, user, root):
        ada = user("Ada")

        in_transaction(lambda: service.update(ada.id, {"username": "Ada"}, by=root))

        assert service.read(ada.id, by=root).version == 1

    def test_C_03_no_change_that_is_shown_leaves_it(self, user):
        """A new password shows in `updated_at`."""
        ada = credentials.of.first(id=user("Ada").id)

        in_transaction(lambda: credentials.upgrade_hash(ada, "correct horse battery"))
        assert db.session.get(User, ada.id).version == 2
        ada = credentials.of.first(id=ada.id)
        in_transaction(lambda: credentials.set_password(ada, "a foot of wire, twice", by=ada.id))
        assert service.profile_of.first(id=ada.id).version == 3

    @pytest.mark.parametrize("changes", [{"display_name": "Ada King"}, {"status": "suspended"}])
    def test_C_03_what_was_meant_for_another_version_does_not_happen(
        self, user, root, recorded, changes
    ):
        ada = user("Ada")

        with pytest.raises(Stale):
            in_transaction(lambda: service.update(ada.id, changes, by=root, only_if=SECOND))
        with pytest.raises(Stale):
            in_transaction(lambda: service.delete(ada.id, by=root, only_if=SECOND))
        assert service.read(ada.id, by=root).display_name is None
        assert recorded() == []

    def test_C_03_what_was_meant_for_this_one_does(self, user, root):
        ada = user("Ada")

        in_transaction(lambda: service.update(ada.id, {"username": "a"}, by=root, only_if=FIRST))
        in_transaction(lambda: service.update(ada.id, {"username": "b"}, by=root, only_if=ANY))
        in_transaction(lambda: service.delete(ada.id, by=root, only_if=Expected(frozenset({3}))))


class TestOverHTTP:
    @pytest.fixture
    def ada(self, person):
        return person("Ada")

    def test_C_03_an_account_is_told_with_its_version(self, ada, administrator):
        own, same = ada.get("/api/me"), administrator.get(f"/api/users/{ada.id}")

        assert own.headers["ETag"] == same.headers["ETag"] == '"1"'
        assert own.data == same.data

    def test_C_03_a_change_tells_the_new_one(self, ada):
        changed = ada.patch("/api/me", {"display_name": "Ada King"})

        assert changed.headers["ETag"] == ada.get("/api/me").headers["ETag"] == '"2"'

    def test_C_03_a_replacement_does_not_since_more_is_kept_than_was_sent(self, ada, administrator):
        account = administrator.get(f"/api/users/{ada.id}").json
        sent = {name: account[name] for name in ("username", "email", "display_name", "status")}

        assert "ETag" not in administrator.put(f"/api/users/{ada.id}", sent).headers

    def test_C_03_a_new_account_comes_with_its_first(self, administrator):
        grace = {"username": "grace", "email": "grace@example.org", "password": "a foot of wire"}

        assert administrator.post("/api/users", grace).headers["ETag"] == '"1"'

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_C_03_who_has_it_already_is_sent_nothing(self, ada, method):
        answer = ada.ask(method, "/api/me", headers={"If-None-Match": '"1"'}, expecting=304)

        assert (answer.data, answer.headers["ETag"]) == (b"", '"1"')
        assert answer.headers["Cache-Control"] == "no-store"
        assert "X-Request-Id" in answer.headers
        assert "Content-Type" not in answer.headers

    def test_C_03_who_has_an_old_one_is_sent_the_new_one(self, ada):
        ada.patch("/api/me", {"display_name": "Ada King"})

        answer = ada.get("/api/me", headers={"If-None-Match": '"1"'})

        assert answer.json["display_name"] == "Ada King"

    def test_C_03_a_condition_tells_nobody_what_they_may_not_read(self, ada, person):
        grace = person("Grace")

        for condition in ("*", '"1"'):
            grace.get(f"/api/users/{ada.id}", headers={"If-None-Match": condition}, expecting=403)

    @pytest.mark.parametrize("condition", ['"2"', 'W/"1"', "1", '"abc"'])
    def test_C_03_a_change_of_another_version_is_refused(self, ada, administrator, condition):
        its, headers = f"/api/users/{ada.id}", {"If-Match": condition}
        account = {"username": "ada", "email": "a@example.org", "display_name": None}
        account |= {"status": "active"}

        refused = [
            ada.patch("/api/me", {"display_name": "A"}, headers=headers, expecting=412),
            administrator.patch(its, {"status": "suspended"}, headers=headers, expecting=412),
            administrator.put(its, account, headers=headers, expecting=412),
            administrator.delete(its, headers=headers, expecting=412),
        ]

        assert {answer.json["error"] for answer in refused} == {"precondition_failed"}
        assert ada.get("/api/me").headers["ETag"] == '"1"'

    @pytest.mark.parametrize("condition", ['"1"', "*", '"7", "1"'])
    def test_C_03_a_change_of_this_one_is_done(self, ada, administrator, condition):
        headers = {"If-Match": condition}

        ada.patch("/api/me", {"display_name": "A"}, headers=headers)
        administrator.delete(f"/api/users/{ada.id}", headers={"If-Match": '"2"'})

    def test_C_03_whoever_is_not_there_is_not_found_whatever_the_condition(self, administrator):
        nobody = "/api/users/01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"

        for condition in ("*", '"1"'):
            headers = {"If-Match": condition}
            administrator.patch(nobody, {"status": "active"}, headers=headers, expecting=404)
            administrator.delete(nobody, headers=headers, expecting=404)
