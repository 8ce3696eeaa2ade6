"""Changes of an account between reading and writing it, on both databases."""

import pytest
from sqlalchemy import delete

from api.core.database import db, in_transaction
from api.core.errors import Unauthenticated
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.users import account_changes, credentials, service
from api.users.errors import EmailTaken, UsernameTaken, UserNotFound
from api.users.models import User
from tests.support import PASSWORD

pytestmark = pytest.mark.usefixtures("context")

NEW_PASSWORD = "the analytical engine weaves"


@pytest.fixture
def execute_after_read(monkeypatch):
    """Execute a statement after an account has been read, as another transaction could."""

    def execute(statement):
        lock_manageable_user = service.lock_manageable_user

        def lock_and_execute(*arguments, **options):
            found = lock_manageable_user(*arguments, **options)
            db.session.execute(statement)
            return found

        monkeypatch.setattr(service, "lock_manageable_user", lock_and_execute)

    return execute


def delete_row(user):
    return delete(User).where(User.id == user.id).execution_options(synchronize_session=False)


def test_an_update_of_a_user_who_is_deleted_meanwhile_is_not_found(user, root, execute_after_read):
    ada = user("Ada")
    execute_after_read(delete_row(ada))

    with pytest.raises(UserNotFound):
        in_transaction(lambda: service.update(ada.id, {"username": "lovelace"}, by=root))


def test_a_password_that_was_changed_meanwhile_is_not_changed_again(user):
    account = credentials.by_id.first(id=user("Ada").id)
    in_transaction(lambda: credentials.set_password(account, NEW_PASSWORD, by=OPERATOR))

    with pytest.raises(Unauthenticated):
        in_transaction(lambda: credentials.set_password(account, NEW_PASSWORD * 2, by=OPERATOR))
    assert db.session.get(User, account.id).check_password(NEW_PASSWORD)


def test_the_password_of_a_user_who_was_deleted_meanwhile_is_not_changed(user, root):
    account = credentials.by_id.first(id=user("Ada").id)
    in_transaction(lambda: service.delete(account.id, by=root))

    with pytest.raises(Unauthenticated):
        in_transaction(lambda: credentials.set_password(account, NEW_PASSWORD, by=OPERATOR))


def test_a_new_hash_of_the_old_password_does_not_replace_a_new_password(user):
    account = credentials.by_id.first(id=user("Ada").id)
    in_transaction(lambda: credentials.set_password(account, NEW_PASSWORD, by=OPERATOR))

    assert not in_transaction(lambda: credentials.lock_if_unchanged(account, PASSWORD))

    assert db.session.get(User, account.id).check_password(NEW_PASSWORD)


def test_a_login_succeeds_although_the_hash_of_the_password_was_renewed_meanwhile(user):
    account = credentials.by_id.first(id=user("Ada").id)
    in_transaction(lambda: credentials.set_password(account, PASSWORD, by=OPERATOR))

    assert in_transaction(lambda: credentials.lock_if_unchanged(account, PASSWORD))
    in_transaction(
        lambda: credentials.set_password(
            account, NEW_PASSWORD, by=OPERATOR, current_password=PASSWORD
        )
    )
    assert db.session.get(User, account.id, populate_existing=True).check_password(NEW_PASSWORD)


def test_C_04_every_unique_index_has_its_own_error():
    unique = {index.name for index in User.__table__.indexes if index.unique}

    assert unique == account_changes.NAME_TAKEN.keys()


@pytest.mark.parametrize(
    ("username", "expected"), [("Grace", UsernameTaken), ("Ada", EmailTaken), ("Hedy", EmailTaken)]
)
def test_the_error_is_about_the_username_if_both_names_are_taken(
    user, root, monkeypatch, username, expected
):
    ada = user("Ada")
    user("Grace")

    def raise_email_taken(**_):
        db.session.rollback()
        raise EmailTaken

    monkeypatch.setattr(account_changes, "flush", raise_email_taken)

    with pytest.raises(expected):
        service.update(ada.id, {"username": username, "email": "grace@example.org"}, by=root)


def test_the_last_administrator_can_be_renamed(root):
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
def test_a_change_of_an_unknown_user_is_not_found_and_records_nothing(root, recorded, act):
    with pytest.raises(UserNotFound):
        in_transaction(lambda: act(root))
    assert recorded() == []
