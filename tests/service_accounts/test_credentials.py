"""The rules of client credentials, without HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from api.audit.models import AuditEvent
from api.core import clock, program_secrets
from api.core.database import db, in_transaction
from api.core.errors import InvalidRequest, PermissionDenied, SessionRequired, StepUpRequired
from api.core.permissions import Permission
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.service_accounts import credentials, service
from api.service_accounts.credential_schemas import MAX_CREDENTIALS
from api.service_accounts.errors import (
    ClientCredentialNotFound,
    ServiceAccountNotFound,
    TooManyClientCredentials,
)
from api.service_accounts.models import ClientCredential
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")

SECRET = {"kind": "client_secret", "name": "Secret of 2026"}
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
MANAGER = frozenset({Permission.SERVICE_ACCOUNTS_WRITE})
FUTURE = "2126-11-30T10:00:00+02:00"


def create(account, by, **members):
    prepared = credentials.prepare({**SECRET, **members})
    return in_transaction(lambda: credentials.create(account.id, prepared, by=by))


def delete(account, credential, by):
    in_transaction(lambda: credentials.delete(account.id, credential.id, by=by))


def find_details(event):
    rows = db.session.scalars(select(AuditEvent).filter_by(event=event))
    return [(row.subject_id, row.actor_id, row.details) for row in rows]


def get_error(act):
    with pytest.raises(InvalidRequest) as error:
        act()
    (found,) = error.value.members["errors"]
    return found.pointer, str(found.rule)


def test_K_01_a_secret_is_returned_once_and_only_its_digest_is_stored(root, make_account):
    account = make_account()
    created = create(account, root, expires_at=FUTURE)

    secret = created.client_secret
    assert program_secrets.is_well_formed(secret, "rb_client_")
    assert (created.last4, created.client_id) == (secret[-4:], account.id)
    stored = db.session.get(ClientCredential, created.id, populate_existing=True)
    assert stored.digest == program_secrets.make_digest(secret)
    assert secret not in {str(value) for value in vars(stored).values()}
    (listed,) = credentials.list_credentials(account.id).items
    assert listed == created._replace(client_secret=None)
    assert listed.expires_at == datetime(2126, 11, 30, 8, tzinfo=UTC)


def test_K_01_no_two_secrets_are_equal(root, make_account):
    account = make_account()
    assert len({create(account, root).client_secret for _ in range(5)}) == 5


def test_a_public_key_has_no_secret(root, make_account):
    account = make_account()
    given = {**JWK, "kid": "one", "x5t": "ignored", "use": "sig"}
    created = create(account, root, kind="public_key", public_key=given)

    assert (created.client_secret, created.last4) == (None, None)
    (listed,) = credentials.list_credentials(account.id).items
    assert listed.jwk == {**JWK, "kid": "one", "use": "sig"}
    assert listed.public_key.x == JWK["x"]


def test_both_kinds_are_recorded_without_the_secret(root, make_account):
    account = make_account()
    secret, key = create(account, root), create(account, root, kind="public_key", public_key=JWK)
    delete(account, secret, root)
    delete(account, key, root)

    details = [
        {"client_credential": str(secret.id), "kind": "client_secret", "last4": secret.last4},
        {"client_credential": str(key.id), "kind": "public_key"},
    ]
    expected = [(account.id, root.id, each) for each in details]
    assert find_details("client_credential.created") == expected
    assert find_details("client_credential.deleted") == expected
    assert credentials.list_credentials(account.id).items == []


def test_a_second_secret_replaces_the_first_one(root, make_account):
    account = make_account()
    first, second = create(account, root), create(account, root)
    assert credentials.list_credentials(account.id).items[0].id == first.id
    delete(account, first, root)
    assert [each.id for each in credentials.list_credentials(account.id).items] == [second.id]


def test_the_number_of_credentials_of_an_account_is_limited(root, make_account):
    account, other = make_account("One"), make_account("Other")
    created = [create(account, root) for _ in range(MAX_CREDENTIALS)]

    with pytest.raises(TooManyClientCredentials):
        create(account, root)
    create(other, root)
    delete(account, created[0], root)
    create(account, root)


def test_K_03_a_credential_needs_recent_authentication(root, make_account):
    account = make_account()
    long_ago = clock.now() - timedelta(seconds=601)
    root = make_principal(root.id, root.permissions, authenticated_at=long_ago)
    with pytest.raises(StepUpRequired):
        create(account, root)
    assert credentials.list_credentials(account.id).items == []


def test_K_03_a_program_cannot_create_a_credential(make_account, as_caller):
    robot, account = as_caller(make_account("Robot", "admin")), make_account()
    with pytest.raises(SessionRequired):
        create(account, robot)


def test_K_03_a_program_cannot_delete_its_own_credential(root, make_account, as_caller):
    account = make_account("Robot", "admin")
    credential = create(account, root)
    with pytest.raises(SessionRequired):
        delete(account, credential, as_caller(account))
    delete(account, credential, as_caller(make_account("Other", "admin")))


def test_the_operator_creates_credentials(make_account):
    assert create(make_account(), OPERATOR).created_by is None


def test_A_07_an_account_with_more_permissions_gets_and_loses_no_credential(
    root, user, define, make_account
):
    define("reader", Permission.USERS_READ)
    account = make_account("Nightly sync", "reader")
    credential = create(account, root)
    clerk = make_principal(user("Clerk").id, MANAGER, session_id=new_id())

    with pytest.raises(PermissionDenied):
        create(account, clerk)
    with pytest.raises(PermissionDenied):
        delete(account, credential, clerk)
    assert len(credentials.list_credentials(account.id).items) == 1


def test_a_credential_of_another_account_is_not_found(root, make_account):
    one, other = make_account("One"), make_account("Other")
    with pytest.raises(ClientCredentialNotFound):
        delete(other, create(one, root), root)
    with pytest.raises(ClientCredentialNotFound):
        delete(one, make_principal(new_id()), root)
    with pytest.raises(ClientCredentialNotFound):
        credentials.get_credential(other.id, credentials.list_credentials(one.id).items[0].id)


def test_an_unknown_account_has_no_credentials(root):
    unknown = make_principal(new_id())
    with pytest.raises(ServiceAccountNotFound):
        credentials.list_credentials(unknown.id)
    with pytest.raises(ServiceAccountNotFound):
        credentials.get_credential(unknown.id, unknown.id)
    with pytest.raises(ServiceAccountNotFound):
        create(unknown, root)


def test_a_credential_of_a_suspended_account_can_be_created(root, make_account):
    account = make_account()
    in_transaction(lambda: service.update(account.id, {"status": "suspended"}, by=root))
    assert create(account, root).client_secret


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"kind": "public_key"}, ("/public_key", "required")),
        ({"public_key": JWK}, ("/public_key", "public_key")),
        ({"expires_at": "2025-11-30T00:00:00Z"}, ("/expires_at", "past")),
    ],
)
def test_a_credential_that_is_not_valid_is_rejected(members, expected):
    assert get_error(lambda: credentials.prepare({**SECRET, **members})) == expected
