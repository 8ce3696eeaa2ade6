"""Which version of an account a change is meant for, told without HTTP."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from api.core.actor import Actor, Permission
from api.core.database import db, in_transaction
from api.core.versions import Expected, Stale
from api.users import credentials, grants, service
from api.users.models import User

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def root(user):
    return Actor(user("Root", role="admin").id, frozenset(Permission))


def update(user, by, **changes):
    return in_transaction(lambda: service.update(user.id, changes, by=by))


class TestVersions:
    @pytest.mark.parametrize(
        "change",
        [
            lambda ada, root: service.update(ada.id, {"username": "lovelace"}, by=root),
            lambda ada, root: service.update(ada.id, {"status": "suspended"}, by=root),
            lambda ada, root: service.update(ada.id, {"user_metadata": {"a": 1}}, by=root),
            lambda ada, root: grants.grant(ada.id, "admin", by=root),
            lambda ada, root: service.delete(ada.id, by=root),
            lambda ada, root: credentials.set_password(  # noqa: ARG005  as the others
                credentials.of.first(id=ada.id), "walnut gazebo fjord", by=None
            ),
        ],
        ids=["name", "status", "document", "role", "deletion", "password"],
    )
    def test_rise_with_every_change_of_what_is_shown(self, user, root, change):
        ada = user("Ada")

        in_transaction(lambda: change(ada, root))

        after = db.session.get(User, ada.id, populate_existing=True)
        assert after.version == ada.version + 1
        assert after.updated_at > ada.updated_at

    def test_stay_where_nothing_changes(self, user, root):
        ada = user("Ada")

        assert update(ada, root, username="Ada", status="active").version == ada.version
        in_transaction(
            lambda: credentials.upgrade_hash(credentials.of.first(id=ada.id), "walnut gazebo")
        )
        after = service.profile_of.first(id=ada.id)
        assert (after.version, after.updated_at) == (ada.version, ada.updated_at)

    @pytest.mark.parametrize(
        "change",
        [
            lambda ada, **by: service.update(ada.id, {"username": "lovelace"}, **by),
            lambda ada, **by: service.replace(ada.id, {"username": "lovelace"}, **by),
            lambda ada, **by: service.delete(ada.id, **by),
            lambda ada, **by: grants.grant(ada.id, "admin", **by),
            lambda ada, **by: grants.withdraw(ada.id, "admin", **by),
        ],
        ids=["update", "replace", "delete", "grant", "withdraw"],
    )
    def test_C_03_guard_a_change_that_is_meant_for_another(self, user, root, change):
        ada = user("Ada")
        other = Expected(frozenset({ada.version + 1}))
        read = Expected(frozenset({ada.version}))

        with pytest.raises(Stale):
            in_transaction(lambda: change(ada, by=root, only_if=other))
        in_transaction(lambda: change(ada, by=root, only_if=read))

    def test_C_03_let_one_of_many_changes_of_one_version_win(self, app, user, root):
        ada, many = user("Ada"), 20
        read, together = Expected(frozenset({ada.version})), Barrier(many)

        def change(number):
            with app.app_context():
                together.wait(timeout=10)
                changes = {"display_name": f"Ada {number}"}
                try:
                    in_transaction(lambda: service.update(ada.id, changes, by=root, only_if=read))
                except Stale:
                    return "stale"
                return "changed"

        with ThreadPoolExecutor(many) as pool:
            outcomes = list(pool.map(change, range(many)))

        assert sorted(outcomes) == ["changed"] + ["stale"] * (many - 1)
        assert service.profile_of.first(id=ada.id).version == ada.version + 1
