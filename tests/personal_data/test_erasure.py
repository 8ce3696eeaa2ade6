"""Users who delete their own accounts: the mail, the way back, the erasure and its receipt."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from api.audit.chain import BEGINNING, seal_batch
from api.audit.verification import find_damage
from api.core import clock
from api.core.database import db, in_transaction, transaction
from api.invitations import service as invitations
from api.invitations.models import Invitation
from api.mail import service as mail
from api.mail.catalogue import Template
from api.one_time_tokens.models import OneTimeToken
from api.outbox.models import OutboxMessage
from api.passwords.models import PasswordAttempts
from api.sessions.models import Session
from api.users import own_deletion
from api.users.models import User
from api.users.purging import purge_batch
from tests.mails import read_mails
from tests.settings import PRODUCTION, without
from tests.support import PASSWORD, anonymous, make_principal

RESTORE = "/api/account/restore"
WITHOUT_MAIL = {**without("database_url", PRODUCTION), "TESTING": False}


@pytest.fixture
def purge(app):
    def purge_users():
        with app.app_context():
            return in_transaction(purge_batch)

    return purge_users


@pytest.fixture
def leave(app):
    """Return a function that deletes the own account, and returns the token of the mail."""

    def delete(person):
        person.delete("/api/me")
        return read_mails(app, "deletion_scheduled")[-1].token

    return delete


def restore(client, token, expecting=204):
    return anonymous(client).post(RESTORE, {"token": token}, expecting=expecting)


def can_log_in(person):
    body = {"username": person.username, "password": PASSWORD}
    return anonymous(person.client).post("/api/login", body, expecting=None).status_code == 200


def test_A_08_a_deleted_account_is_gone_at_once_and_a_new_one_has_another_id(
    person, leave, administrator, client
):
    ada = person("Ada")
    leave(ada)

    ada.get("/api/me", expecting=401)
    body = {"refresh_token": ada.refresh_token}
    anonymous(client).post("/api/refresh", body, expecting=401)
    assert not can_log_in(ada)
    listed = administrator.get("/api/users").json["items"]
    assert [user["username"] for user in listed] == ["Root"]
    assert administrator.get("/api/users?q=ada").json["items"] == []
    assert person("Ada").id != ada.id


def test_the_mail_says_when_the_account_is_erased(app, person, leave):
    ada = person("Ada")
    leave(ada)
    [mail_to_ada] = read_mails(app)
    with app.app_context():
        user = db.session.get(User, UUID(ada.id))
        assert user.erase_at - user.deleted_at == timedelta(days=14)
    assert mail_to_ada.to == ada.email
    assert mail_to_ada.values["erase_at"] == user.erase_at.isoformat(timespec="seconds")
    assert "/account/cancel-deletion?token=" in mail_to_ada.values["link"]


def test_the_link_restores_the_account_and_works_once(person, leave, client, move_clock, recorded):
    ada = person("Ada", role="admin")
    person("Root", role="admin")
    token = leave(ada)
    move_clock(days=13, hours=23)

    restore(client, token)

    assert can_log_in(ada)
    ada.get("/api/me", expecting=401)
    restore(client, token, expecting=400)
    assert recorded()[:2] == ["user.deleted", "user.restored"]


def test_a_restored_account_is_not_erased(app, person, leave, client, move_clock, purge):
    ada = person("Ada")
    restore(client, leave(ada))
    move_clock(days=40)
    assert purge() == 0
    with app.app_context():
        assert db.session.get(User, UUID(ada.id)).erase_at is None


@pytest.mark.parametrize("member", ["username", "email"])
def test_an_account_is_not_restored_if_another_user_has_its_name(
    app, person, user, leave, client, member
):
    ada = person("Ada")
    token = leave(ada)
    names = {"username": "other", "email": "other@example.org", member: getattr(ada, member)}
    user("Other", **names)

    assert restore(client, token, expecting=409).json["error"] == f"{member}_taken"
    with app.app_context():
        assert db.session.get(User, UUID(ada.id)).deleted_at is not None


def test_V_03_an_old_link_does_not_undo_a_later_deletion(app, person, leave, client, administrator):
    ada = person("Ada")
    token = leave(ada)
    administrator.post(f"/api/users/{ada.id}/restore", expecting=200)
    restore(client, token, expecting=400)
    administrator.delete(f"/api/users/{ada.id}")
    restore(client, token, expecting=400)
    assert not can_log_in(ada)


def test_V_03_parallel_requests_restore_once(app, person, leave, recorded):
    token = leave(person("Ada"))

    def send(_):
        return restore(app.test_client(), token, expecting=None).status_code

    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(pool.map(send, range(10)))
    assert statuses == [204, *[400] * 9]
    assert recorded().count("user.restored") == 1


def test_V_04_a_token_of_another_form_restores_nothing(person, leave, client):
    ada = person("Ada")
    leave(ada)
    for token in (None, [], {}, 0, True, ""):
        restore(client, token, expecting=422)
    restore(client, "x" * 43, expecting=400)
    assert not can_log_in(ada)


def test_links_sent_before_the_deletion_do_not_work_after_a_restoration(app, person, leave, client):
    ada = person("Ada")
    anonymous(client).post("/api/password/forgot", {"email": ada.email}, expecting=None)
    old = read_mails(app, "reset_password")[0].token
    restore(client, leave(ada))
    body = {"token": old, "new_password": "a nanosecond is a foot"}
    anonymous(client).post("/api/password/reset", body, expecting=400)


def test_A_08_the_account_is_erased_after_14_days(app, person, leave, client, move_clock, purge):
    ada = person("Ada")
    token = leave(ada)
    move_clock(days=13, hours=23)
    assert purge() == 0
    move_clock(hours=2)
    restore(client, token, expecting=400)
    assert purge() == 1

    with app.app_context():
        assert db.session.get(User, UUID(ada.id)) is None
    restore(client, token, expecting=400)


def test_a_setting_determines_the_days(build, person, move_clock):
    ada = person("Ada")
    app = build(OWN_DELETION_DAYS=2)
    ada.client = app.test_client()
    ada.delete("/api/me")
    move_clock(days=2, hours=1)
    with app.app_context():
        assert in_transaction(purge_batch) == 1


def test_the_receipt_outlives_the_account_and_the_other_mails_do_not(
    app, person, leave, move_clock, purge
):
    ada, grace = person("Ada", locale="de"), person("Grace")
    leave(ada)
    with app.app_context(), transaction():
        mail.send(Template.PASSWORD_CHANGED, to=grace.email, locale=None, user_id=UUID(grace.id))
    move_clock(days=15)
    purge()

    found = {(each.name, each.to) for each in read_mails(app)}
    assert found == {("account_erased", ada.email), ("password_changed", grace.email)}
    with app.app_context():
        receipt = db.session.scalars(select(OutboxMessage).filter_by(name="account_erased")).one()
        assert receipt.subject_id is None


def test_a_user_whom_an_administrator_deleted_gets_no_receipt(
    app, person, administrator, move_clock, purge
):
    ada = person("Ada")
    administrator.delete(f"/api/users/{ada.id}")
    move_clock(days=31)
    assert purge() == 1
    assert read_mails(app) == []


def test_without_mail_an_account_is_deleted_and_erased_all_the_same(app, build, person, move_clock):
    ada = person("Ada")
    by = make_principal(UUID(ada.id), authenticated_at=clock.now())
    with build(**WITHOUT_MAIL).app_context():
        in_transaction(lambda: own_deletion.schedule(by=by))
        move_clock(days=15)
        assert in_transaction(purge_batch) == 1
    with app.app_context():
        assert db.session.scalars(select(OutboxMessage)).all() == []
        assert db.session.scalars(select(OneTimeToken)).all() == []


def test_A_08_the_audit_log_is_unchanged_by_an_erasure(app, person, leave, move_clock, purge):
    ada = person("Ada")
    leave(ada)
    with app.app_context():
        in_transaction(lambda: seal_batch(BEGINNING))
    move_clock(days=15)
    purge()
    with app.app_context():
        in_transaction(lambda: seal_batch(BEGINNING))
        assert list(find_damage()) == []


def test_a_later_invitation_of_the_same_address_is_kept(app, person, leave, move_clock, purge):
    ada = person("Ada")
    leave(ada)
    move_clock(days=1)
    with app.app_context(), transaction():
        new = invitations.create({"email": ada.email}, by=make_principal(UUID(int=7)))
    move_clock(days=14)
    purge()
    with app.app_context():
        assert db.session.get(Invitation, new.id) is not None
        assert db.session.scalars(select(PasswordAttempts)).all() == []
        assert db.session.scalars(select(Session)).all() == []


def test_the_days_of_the_user_count_and_not_those_of_administrators(build, person, move_clock):
    ada = person("Ada")
    app = build(OWN_DELETION_DAYS=40, DELETED_USERS_KEPT_DAYS=30)
    ada.client = app.test_client()
    ada.delete("/api/me")
    with app.app_context():
        move_clock(days=39)
        assert in_transaction(purge_batch) == 0
        move_clock(days=2)
        assert in_transaction(purge_batch) == 1
