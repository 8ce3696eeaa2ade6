"""What happens to an account between looking and acting, on either database."""

import pytest
from sqlalchemy import delete

from api.core.database import db, in_transaction
from api.core.errors import Unauthenticated
from api.core.permissions import Permission
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.users import credentials, service
from api.users.errors import EmailTaken, UsernameTaken, UserNotFound
from api.users.models import User
from tests.support import PASSWORD, make_principal

pytestmark = pytest.mark.usefixtures("context")

NEW = "the analytical engine weaves"


@pytest.fixture
def root(user):
    return make_principal(user("Root", role="admin").id, frozenset(Permission))


@pytest.fixture
def meanwhile(monkeypatch):
    """Let somebody else do something as soon as an account has been read."""

    def act(statement):
        seek = service.lock_manageable_user  # the moment between looking and acting

        def seek_and_lose(*asked, **by):
            found = seek(*asked, **by)
            db.session.execute(statement)
            return found

        monkeypatch.setattr(service, "lock_manageable_user", seek_and_lose)

    return act


def gone(user):
    return delete(User).where(User.id == user.id).execution_options(synchronize_session=False)


def test_a_change_of_who_was_deleted_meanwhile_finds_nobody(user, root, meanwhile):
    ada = user("Ada")
    meanwhile(gone(ada))

    with pytest.raises(UserNotFound):
        in_transaction(lambda: service.update(ada.id, {"username": "lovelace"}, by=root))


def test_a_password_that_was_changed_meanwhile_proves_nothing(user):
    account = credentials.by_id.first(id=user("Ada").id)
    in_transaction(lambda: credentials.set_password(account, NEW, by=OPERATOR))

    with pytest.raises(Unauthenticated):
        in_transaction(lambda: credentials.set_password(account, NEW * 2, by=OPERATOR))
    assert db.session.get(User, account.id).check_password(NEW)


def test_a_password_of_who_was_deleted_meanwhile_is_not_changed(user, root):
    account = credentials.by_id.first(id=user("Ada").id)
    in_transaction(lambda: service.delete(account.id, by=root))

    with pytest.raises(Unauthenticated):
        in_transaction(lambda: credentials.set_password(account, NEW, by=OPERATOR))


def test_a_renewed_hash_does_not_bring_an_old_password_back(user):
    account = credentials.by_id.first(id=user("Ada").id)
    in_transaction(lambda: credentials.set_password(account, NEW, by=OPERATOR))

    assert not in_transaction(lambda: credentials.lock_if_unchanged(account, PASSWORD))

    assert db.session.get(User, account.id).check_password(NEW)


def test_a_hash_made_anew_meanwhile_turns_nobody_away(user):
    account = credentials.by_id.first(id=user("Ada").id)
    in_transaction(lambda: credentials.set_password(account, PASSWORD, by=OPERATOR))

    assert in_transaction(lambda: credentials.lock_if_unchanged(account, PASSWORD))
    in_transaction(
        lambda: credentials.set_password(account, NEW, by=OPERATOR, current_password=PASSWORD)
    )
    assert db.session.get(User, account.id, populate_existing=True).check_password(NEW)


def test_C_04_every_unique_column_has_a_refusal_of_its_own():
    unique = {index.name for index in User.__table__.indexes if index.unique}

    assert unique == service.NAME_TAKEN.keys()


@pytest.mark.parametrize(
    ("username", "told"), [("Grace", UsernameTaken), ("Ada", EmailTaken), ("Hedy", EmailTaken)]
)
def test_the_username_is_told_where_both_are_taken_whichever_is_found_first(
    user, root, monkeypatch, username, told
):
    ada = user("Ada")
    user("Grace")

    def email_first(**_):
        db.session.rollback()
        raise EmailTaken

    monkeypatch.setattr(service, "flush", email_first)

    with pytest.raises(told):
        service.update(ada.id, {"username": username, "email": "grace@example.org"}, by=root)


def test_the_last_administrator_may_still_be_called_otherwise(root):
    changed = in_transaction(lambda: service.update(root.id, {"username": "boss"}, by=root))

    assert (changed.username, changed.roles) == ("boss", ("admin", "user"))


@pytest.mark.parametrize(
    "act",
    [
        lambda root: service.update(new_id(), {"username": "lovelace"}, by=root),
        lambda root: service.delete(new_id(), by=root),
    ],
    ids=["change", "deletion"],
)
def test_whoever_was_never_there_is_neither_changed_nor_deleted(root, recorded, act):
    with pytest.raises(UserNotFound):
        in_transaction(lambda: act(root))
    assert recorded() == []
