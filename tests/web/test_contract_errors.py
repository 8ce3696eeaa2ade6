"""Each operation lists the errors that it can answer, and no others."""

import pytest

from api.core.errors import PermissionDenied, SessionRequired, SigningKeyLocked, StepUpRequired
from api.oauth.errors import InvalidClient
from api.roles.errors import RoleNotFound, RoleTaken
from api.service_accounts.errors import ServiceAccountNameTaken, ServiceAccountNotFound
from api.transfer.errors import TooManyRows
from api.users.errors import EmailTaken, ExternalIdTaken, LastAdministrator, UserNotFound
from api.web.restx import Namespace
from tests.web.raised_errors import find_raised_errors

# Errors in the source of an operation that it does not answer.
BUILT_IN = {RoleNotFound}  # the roles `admin` and `user` always exist
JUST_CREATED = {UserNotFound}  # the same transaction has created the account
ONESELF = {UserNotFound}  # the request has just authenticated the account
JUST_LOCKED = {UserNotFound}  # the transaction has locked the account before
ACTIVE_STATUS = {LastAdministrator}  # the change leaves the status as it is
USER_OWNS = {ServiceAccountNotFound}  # the owner of the API key is a user
ACCOUNT_OWNS = {UserNotFound}  # the owner of the API key is a service account
OWN_KEY = {*ONESELF, *USER_OWNS}
UNANSWERED = {
    "accept_invitation": JUST_CREATED,
    "cancel_email_change": {*BUILT_IN, *JUST_LOCKED, *ACTIVE_STATUS},
    "confirm_email_change": {*BUILT_IN, *JUST_LOCKED, *ACTIVE_STATUS},
    "create_my_api_key": OWN_KEY,
    "create_role": {RoleNotFound},  # the same transaction has created the role
    "create_service_account_api_key": ACCOUNT_OWNS,
    "create_user": JUST_CREATED,
    "delete_me": {*BUILT_IN, *ONESELF, PermissionDenied},  # users may change themselves
    "delete_user": BUILT_IN,
    "get_me": ONESELF,
    "get_my_api_key": OWN_KEY,
    "get_protected": ONESELF,
    "export_me": ONESELF,
    "list_my_api_keys": OWN_KEY,
    "list_my_sessions": OWN_KEY,
    "list_service_account_api_keys": ACCOUNT_OWNS,
    "list_user_api_keys": USER_OWNS,
    "register": JUST_CREATED,
    "request_email_change": ONESELF,
    "replace_user": BUILT_IN,
    "restore_account": {PermissionDenied, SessionRequired},  # it is the own account
    "revoke_my_api_key": {*OWN_KEY, PermissionDenied},
    "revoke_service_account_api_key": ACCOUNT_OWNS,
    "revoke_user_api_key": USER_OWNS,
    "rotate_my_api_key": {*OWN_KEY, PermissionDenied},
    "rotate_service_account_api_key": ACCOUNT_OWNS,
    "update_me": {  # the body has no e-mail address, role or status
        *BUILT_IN,
        *ONESELF,
        EmailTaken,
        LastAdministrator,
        PermissionDenied,
    },
    "update_user": BUILT_IN,
}
# Errors that reach an operation in a way that is not found in its source.
INDIRECT = {
    "create_role": {RoleTaken},
    "create_service_account": {ServiceAccountNameTaken},
    "create_user": {ExternalIdTaken},
    "import_users": {StepUpRequired, TooManyRows},
    "introspect_token": {InvalidClient},  # the dispatcher authenticates the client
    "revoke_token": {InvalidClient},
    "log_in": {SigningKeyLocked},
    "refresh": {SigningKeyLocked},
    "replace_user": {ExternalIdTaken},
    "restore_account": {ExternalIdTaken},
    "restore_user": {ExternalIdTaken},
    "update_service_account": {ServiceAccountNameTaken},
    "update_user": {ExternalIdTaken},
}
NAMES = sorted(Namespace.operations)


@pytest.fixture(scope="module", params=NAMES)
def operation(request):
    return Namespace.operations[request.param]


@pytest.fixture(scope="module")
def raised(operation):
    """The errors that the operation can answer, beside those of every operation of its kind."""
    parts = filter(None, [operation.view, operation.prepare])
    found = frozenset().union(*map(find_raised_errors, parts))
    return found - UNANSWERED.get(operation.id, set()) | INDIRECT.get(operation.id, set())


def test_N_13_an_operation_lists_each_error_that_it_can_answer(operation, raised):
    assert raised - set(operation.documented_errors) == set()


def test_N_13_an_operation_lists_no_error_that_it_cannot_answer(operation, raised):
    assert set(operation.errors) - raised == set()


def test_every_exception_is_needed():
    for name, errors in UNANSWERED.items():
        operation = Namespace.operations[name]
        found = frozenset().union(
            *map(find_raised_errors, filter(None, [operation.view, operation.prepare]))
        )
        assert errors <= found - set(operation.documented_errors), name
