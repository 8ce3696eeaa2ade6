"""The rules of invitations, without HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy import event as hooks

from api.audit.models import AuditEvent
from api.core.database import db, engine_for_reads, in_transaction, transaction
from api.core.errors import InvalidRequest, PermissionDenied
from api.core.permissions import Permission
from api.core.principal import OPERATOR, ClientTokenCredential
from api.core.secrets import new_id
from api.invitations import acceptance, search, service
from api.invitations.errors import InvalidInvitation, InvitationClosed, InvitationNotFound
from api.invitations.models import Invitation
from api.mail.errors import MailUnavailable
from api.one_time_tokens.models import OneTimeToken
from api.roles.errors import RoleNotFound
from api.roles.models import Role, ServiceAccountRole, UserRole
from api.service_accounts.models import ServiceAccount
from api.service_accounts.principal import ServiceAccountPrincipal
from api.users import service as users
from api.users.errors import EmailTaken
from api.users.models import User
from tests.settings import PRODUCTION
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")
GRACE = "grace@example.org"
PASSWORD = "a nanosecond is a foot of wire"


def invite(by, email=GRACE, **members):
    return in_transaction(lambda: service.create({"email": email, **members}, by=by))


def accept(token, **members):
    prepared = acceptance.prepare({"token": token, "password": PASSWORD, **members})
    return in_transaction(lambda: acceptance.accept(prepared))


@pytest.fixture
def define(root):
    def define_role(name, *permissions):
        role = Role(name=name, description="", version=1)
        role.permissions = permissions
        db.session.add(role)
        db.session.commit()

    return define_role


def count_users():
    return db.session.scalar(select(func.count()).select_from(User))


def test_an_account_has_what_the_invitation_says(root, read_tokens):
    invite(root, username="grace", display_name="Grace", roles=["admin", "user"], locale="pt-BR")
    user = accept(*read_tokens())

    assert (user.username, user.display_name, user.locale) == ("grace", "Grace", "pt-BR")
    assert user.roles == ("admin", "user")
    assert user.email_verified_at is not None
    assert user.check_password(PASSWORD)


def test_the_inviter_grants_the_roles_and_the_user_accepts(root, read_tokens):
    invite(root, roles=["admin"])
    user = accept(*read_tokens())

    rows = db.session.execute(
        select(AuditEvent.event, AuditEvent.actor_id).where(AuditEvent.subject_id == user.id)
    )
    assert dict(map(tuple, rows)) == {
        "user.created": user.id,
        "role.granted": root.id,
        "invitation.accepted": user.id,
    }


def test_the_receiver_can_choose_the_username(root, read_tokens):
    invite(root, username="grace")
    assert accept(*read_tokens(), username="hopper").username == "hopper"


def test_the_receiver_can_choose_no_username(root, read_tokens):
    invite(root, username="grace")
    assert accept(*read_tokens(), username=None).username is None


def test_A_07_roles_with_more_permissions_than_those_of_the_inviter_are_rejected(user, define):
    define("support", Permission.USERS_READ)
    inviting = frozenset({Permission.INVITATIONS_WRITE})
    clerk = make_principal(user("Clerk").id, inviting)
    with pytest.raises(PermissionDenied):
        invite(clerk, roles=["support"])
    chief = make_principal(user("Chief").id, inviting | {Permission.ROLES_WRITE})
    with pytest.raises(PermissionDenied):
        invite(chief, roles=["support"])
    with pytest.raises(InvalidRequest):
        invite(chief, roles=["unknown"])
    assert db.session.scalars(select(Invitation)).all() == []


@pytest.mark.parametrize("change", ["suspended", "deleted", "demoted", "purged"])
def test_A_07_an_invitation_does_not_outlive_the_permissions_of_its_inviter(
    user, root, read_tokens, change
):
    ruth = user("Ruth", role="admin")
    by = make_principal(ruth.id, frozenset(Permission))
    invitation = invite(by, roles=["admin"])
    token = read_tokens()[0]
    if change == "suspended":
        in_transaction(lambda: users.update(ruth.id, {"status": "suspended"}, by=root))
    elif change == "deleted":
        in_transaction(lambda: users.delete(ruth.id, by=root))
    else:
        table = UserRole if change == "demoted" else User
        column = UserRole.user_id if change == "demoted" else User.id
        in_transaction(lambda: db.session.execute(delete(table).where(column == ruth.id)))
    before = count_users()

    with pytest.raises(InvalidInvitation):
        accept(token)
    assert count_users() == before

    in_transaction(lambda: service.resend(invitation.id, by=root))
    assert accept(read_tokens()[1]).roles == ("admin", "user")


@pytest.fixture
def robot(define):
    """A service account that may invite people and give them the role ``support``."""
    define("support", Permission.USERS_READ)
    define("inviter", Permission.INVITATIONS_WRITE, Permission.ROLES_WRITE, Permission.USERS_READ)
    with transaction():
        account = ServiceAccount(name="Robot")
        db.session.add(account)
        db.session.flush()
        db.session.add(ServiceAccountRole(service_account_id=account.id, role="inviter"))
    return account.id


def as_robot(account_id):
    account = db.session.get(ServiceAccount, account_id)
    return ServiceAccountPrincipal(
        id=account_id,
        name=account.name,
        permissions=account.permissions,
        credential=ClientTokenCredential(new_id()),
    )


def test_A_07_a_person_accepts_the_invitation_of_a_service_account(robot, read_tokens):
    invite(as_robot(robot), roles=["support"])

    user = accept(*read_tokens())

    assert "support" in user.roles
    granted = select(AuditEvent.actor_id).where(AuditEvent.event == "role.granted")
    assert db.session.scalars(granted).all() == [robot]


@pytest.mark.parametrize("change", ["suspended", "deleted", "demoted"])
def test_A_07_an_invitation_does_not_outlive_its_service_account(robot, read_tokens, change):
    invite(as_robot(robot), roles=["support"])
    [token] = read_tokens()
    changes = {
        "suspended": update(ServiceAccount).values(status="suspended"),
        "deleted": delete(ServiceAccount),
        "demoted": delete(ServiceAccountRole),
    }
    in_transaction(lambda: db.session.execute(changes[change]))
    before = count_users()

    with pytest.raises(InvalidInvitation):
        accept(token)
    assert count_users() == before


def test_A_07_an_inviter_who_may_no_longer_invite_opens_no_account(user, define, read_tokens):
    define("clerk", Permission.INVITATIONS_WRITE)
    clerk = user("Clerk", role="clerk")
    invite(make_principal(clerk.id, clerk.permissions))
    [token] = read_tokens()
    role = db.session.get(Role, "clerk")
    role.permissions = []
    db.session.commit()

    with pytest.raises(InvalidInvitation):
        accept(token)


def test_A_07_a_role_that_got_more_permissions_meanwhile_is_not_granted(user, define, read_tokens):
    define("clerk", Permission.INVITATIONS_WRITE, Permission.ROLES_WRITE, Permission.USERS_READ)
    define("support", Permission.USERS_READ)
    clerk = user("Clerk", role="clerk")
    invite(make_principal(clerk.id, clerk.permissions), roles=["support"])
    support = db.session.get(Role, "support")
    support.permissions = [Permission.USERS_READ, Permission.USERS_WRITE]
    db.session.commit()

    with pytest.raises(InvalidInvitation):
        accept(*read_tokens())


def test_an_invitation_with_a_deleted_role_is_invalid_and_cannot_be_resent(
    root, define, read_tokens
):
    define("support")
    invitation = invite(root, roles=["support"])
    db.session.delete(db.session.get(Role, "support"))
    db.session.commit()

    with pytest.raises(InvalidInvitation):
        accept(*read_tokens())
    with pytest.raises(RoleNotFound):
        in_transaction(lambda: service.resend(invitation.id, by=root))


def test_V_03_a_token_works_once_and_only_until_it_is_replaced_or_revoked(root, read_tokens):
    first = invite(root)
    second = invite(root, email="hedy@example.org")
    in_transaction(lambda: service.resend(first.id, by=root))
    in_transaction(lambda: service.revoke(second.id, by=root))
    old, revoked, new = read_tokens()

    for token in (old, revoked):
        with pytest.raises(InvalidInvitation):
            accept(token)
    accept(new)
    with pytest.raises(InvalidInvitation):
        accept(new)


def test_V_03_an_invitation_expires(build, root, read_tokens, move_clock):
    invitation = invite(root)
    move_clock(days=6, hours=23)
    [token] = read_tokens()
    in_transaction(lambda: acceptance.read_open(token))
    move_clock(hours=2)

    with pytest.raises(InvalidInvitation):
        accept(token)
    assert search.read(invitation.id).state == "expired"
    in_transaction(lambda: service.resend(invitation.id, by=root))
    assert search.read(invitation.id).state == "open"
    accept(read_tokens()[1])


def test_V_03_parallel_acceptances_make_one_account(app, root, read_tokens):
    invite(root)
    [token] = read_tokens()
    db.session.remove()
    before = count_users()
    db.session.remove()

    def try_to_accept(_):
        with app.app_context():
            try:
                return accept(token).id
            except InvalidInvitation:
                return None

    with ThreadPoolExecutor(10) as pool:
        made = [found for found in pool.map(try_to_accept, range(10)) if found]
    assert len(made) == 1
    assert count_users() == before + 1


def test_R_04_two_invitations_to_one_address_make_one_account(root, read_tokens):
    invite(root)
    invite(root, email="GRACE@example.org")
    first, second = read_tokens()
    accept(second)

    with pytest.raises(InvalidInvitation):
        accept(first)
    states = [row.state for row in search.find({"limit": 9, "sort": "created_at"}).items]
    assert states == ["revoked", "accepted"]


def test_an_address_that_was_registered_meanwhile_is_taken(root, user, read_tokens):
    invite(root)
    user("Grace")
    with pytest.raises(EmailTaken):
        accept(*read_tokens())


def test_R_03_the_mail_to_a_known_address_goes_to_the_stored_one(root, user, read_mails):
    ada = user("Ada")
    invite(root, email="ADA@EXAMPLE.org")
    [(name, content)] = read_mails()
    assert (name, content["to"], content["values"]) == ("already_registered", ada.email, {})


def test_V_02_the_link_begins_with_the_configured_url(build, root, read_mails):
    with build(FRONTEND_URL="https://example.com/account").app_context():
        invite(root)
    [(_, content)] = read_mails()
    assert content["values"]["link"].startswith(
        "https://example.com/account/accept-invitation?token="
    )
    assert content["values"]["days"] == 7


def test_the_mail_names_the_inviter_by_the_display_name(user, read_mails):
    ruth = user("Ruth", role="admin", display_name="Ruth B.")
    invite(make_principal(ruth.id, ruth.permissions))
    invite(OPERATOR, email="hedy@example.org")
    assert [content["values"]["inviter"] for _, content in read_mails()] == ["Ruth B.", None]


def test_names_of_an_invitation_follow_the_rules_of_new_names(root):
    for members in ({"username": "a b"}, {"username": "ada@example.org"}):
        with pytest.raises(InvalidRequest):
            invite(root, **members)
    with pytest.raises(InvalidRequest):
        invite(root, email="grace@localhost")


def test_only_an_invitation_that_is_not_answered_is_resent_or_revoked(root, read_tokens):
    accepted, revoked = invite(root), invite(root, email="hedy@example.org")
    accept(read_tokens()[0])
    in_transaction(lambda: service.revoke(revoked.id, by=root))

    for change in (service.resend, service.revoke):
        for invitation in (accepted, revoked):
            with pytest.raises(InvitationClosed):
                in_transaction(lambda change=change, each=invitation: change(each.id, by=root))
        with pytest.raises(InvitationNotFound):
            in_transaction(lambda change=change: change(root.id, by=root))


def test_without_mail_no_invitation_is_created(build, root):
    invitation = invite(root)
    with build(**PRODUCTION, TESTING=False).app_context():
        for attempt in (
            lambda: service.create({"email": GRACE}, by=root),
            lambda: service.resend(invitation.id, by=root),
        ):
            with pytest.raises(MailUnavailable):
                attempt()


def test_an_invitation_is_deleted_30_days_after_it_has_expired(root, move_clock):
    invitation = invite(root)
    move_clock(days=36, hours=23)
    assert in_transaction(service.purge) == 0
    move_clock(hours=2)
    assert in_transaction(service.purge) == 1
    with pytest.raises(InvitationNotFound):
        search.read(invitation.id)


def test_O_01_no_audit_event_has_the_address_or_the_token(root, read_tokens):
    invite(root)
    [token] = read_tokens()
    accept(token)
    details = str(db.session.scalars(select(AuditEvent.details)).all())
    assert GRACE not in details
    assert token not in details
    assert db.session.scalars(select(OneTimeToken)).all() == []


def test_R_01_an_invitation_executes_the_same_statements_for_a_known_address(root, user):
    user("Grace")
    invite(root, email="warm@example.org")
    statements = []

    def record(*about):
        statements[-1].append(about[2])

    for engine in (db.engine, engine_for_reads() or db.engine):
        hooks.listen(engine, "before_cursor_execute", record)
    try:
        for email in (GRACE, "nobody@example.org"):
            statements.append([])
            invite(root, email=email)
    finally:
        for engine in (db.engine, engine_for_reads() or db.engine):
            hooks.remove(engine, "before_cursor_execute", record)
    known, unknown = statements
    assert known
    assert known == unknown
