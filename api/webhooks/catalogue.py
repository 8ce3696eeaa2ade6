"""The public events: those that webhooks can receive, and what their receivers are promised.

An event is public if it changed something about users, their sessions, roles, invitations, or the
access of programs; or if it warns of an attack on one account. These are not public:

- ``access.denied``, ``login.failed``, ``client.authentication_failed``, ``registration.repeated``
  and ``password.reset_requested``: without an account, anyone can cause any number of them. Each
  would be a request to each receiver, and would delay the others. A series of failed logins is
  public as ``login.paused``.
- ``token.issued`` and ``reauthentication.succeeded``, which change nothing and are frequent.
- ``outbox``, ``key`` and most ``webhook`` events, which are about the operation of this service.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from api.core.events import Event
from api.webhooks.event_data import (
    API_KEY,
    CHANGED,
    CLIENT_CREDENTIAL,
    INVITATION,
    REASON,
    ROLE,
    SCOPES,
    SESSION,
    SESSIONS_ENDED,
    SUCCESSOR,
    WEBHOOK,
    Detail,
    count,
    flag,
    names,
    optional,
    text,
)

ALL_EVENTS = "*"  # in the list of a webhook: all public events, also those of later versions
TEST_EVENT = "webhook.test"  # sent on request; it is not in the audit log


@dataclass(frozen=True)
class PublicEvent:
    """An event that webhooks can receive.

    ``has_subject`` is whether it is about one account, so that ``subject_id`` is never null.
    """

    name: str
    sentence: str
    details: tuple[Detail, ...] = ()
    has_subject: bool = True


def _about_account(event: Event, sentence: str, *details: Detail) -> PublicEvent:
    return PublicEvent(event.value, sentence, details)


def _about_none(event: Event, sentence: str, *details: Detail) -> PublicEvent:
    return PublicEvent(event.value, sentence, details, has_subject=False)


def _find_import_counts() -> Iterable[Detail]:
    for name in ("created", "updated", "unchanged", "conflicts", "rejected"):
        yield count(name, f"How many rows of the file count as {name}")


IMPORTED = (*_find_import_counts(), flag("dry_run", "Whether nothing was stored"))
ROLES = names("roles", "The names of the roles that the account will have", "auditor")
RESTORED = flag("restored", "Whether the former e-mail address was in use and is restored")
KIND = text("kind", "What it is", "client_secret")
LAST4 = text("last4", "The last characters of a client secret", "x7Qd")
MUST_CHANGE = flag("must_change_password", "Whether the user must choose another", example=True)
KNOWN_DEVICE = flag("known_device", "Whether the browser or app has logged in before")
NEW_DEVICE = flag("new_device", "True if the user got a mail about a new device", example=True)

PUBLIC_EVENTS = {
    event.name: event
    for event in (
        _about_account(Event.API_KEY_CREATED, "An API key was created.", API_KEY, SCOPES),
        _about_account(
            Event.API_KEY_NETWORK_NEW,
            "An API key was used from a network from which it was never used before.",
            API_KEY,
        ),
        _about_account(
            Event.API_KEY_REVOKED,
            "An API key was revoked.",
            API_KEY,
            text("reason", "Why it was revoked", "revoked"),
        ),
        _about_account(
            Event.API_KEY_ROTATED,
            "An API key got a successor.",
            API_KEY,
            SUCCESSOR,
            count("overlap_seconds", "For how long the former key is valid", 86_400),
        ),
        _about_account(
            Event.CLIENT_CREDENTIAL_CREATED,
            "A service account got a client secret or a public key.",
            CLIENT_CREDENTIAL,
            KIND,
            optional(LAST4),
        ),
        _about_account(
            Event.CLIENT_CREDENTIAL_DELETED,
            "A client secret or a public key of a service account was deleted.",
            CLIENT_CREDENTIAL,
            KIND,
            optional(LAST4),
        ),
        _about_account(
            Event.EMAIL_CHANGE_CANCELLED,
            "A user cancelled the change of the e-mail address with the link in a mail.",
            RESTORED,
        ),
        _about_account(Event.EMAIL_CHANGE_REQUESTED, "A user asked for another e-mail address."),
        _about_account(
            Event.EMAIL_VERIFIED, "A user confirmed the e-mail address.", optional(SESSIONS_ENDED)
        ),
        _about_account(Event.INVITATION_ACCEPTED, "An invitation was accepted.", INVITATION),
        _about_none(Event.INVITATION_CREATED, "A person was invited.", INVITATION, ROLES),
        _about_none(Event.INVITATION_RESENT, "An invitation was sent again.", INVITATION),
        _about_none(Event.INVITATION_REVOKED, "An invitation was revoked.", INVITATION),
        _about_none(
            Event.LOGIN_PAUSED,
            "Too many logins failed, so that further ones are rejected for a while. "
            "`subject_id` is null if no account has the name.",
            flag("all_networks", "Whether logins from all networks are rejected"),
            count("minutes", "For how many minutes they are rejected", 5),
        ),
        _about_account(
            Event.LOGIN_SUCCEEDED, "A user logged in.", SESSION, KNOWN_DEVICE, optional(NEW_DEVICE)
        ),
        _about_account(
            Event.LOGIN_ATTEMPTS_CLEARED, "An administrator ended the pause after failed logins."
        ),
        _about_account(
            Event.PASSWORD_CHANGED,
            "A user changed the password.",
            optional(text("method", "`reset` if the user had forgotten the former one", "reset")),
            SESSIONS_ENDED,
        ),
        _about_account(
            Event.REFRESH_TOKEN_REUSED,
            "A refresh token was used twice, so it may be stolen. Its session has ended.",
            SESSION,
        ),
        _about_none(Event.ROLE_CREATED, "A role was created.", ROLE),
        _about_none(Event.ROLE_DELETED, "A role was deleted.", ROLE),
        _about_account(Event.ROLE_GRANTED, "A user or a service account got a role.", ROLE),
        _about_none(Event.ROLE_UPDATED, "A role was changed.", ROLE, CHANGED),
        _about_account(Event.ROLE_WITHDRAWN, "A user or a service account lost a role.", ROLE),
        _about_account(Event.SERVICE_ACCOUNT_CREATED, "A service account was created."),
        _about_account(Event.SERVICE_ACCOUNT_DELETED, "A service account was deleted."),
        _about_account(
            Event.SERVICE_ACCOUNT_REACTIVATED, "A suspended service account works again.", REASON
        ),
        _about_account(Event.SERVICE_ACCOUNT_SUSPENDED, "A service account was suspended.", REASON),
        _about_account(Event.SERVICE_ACCOUNT_UPDATED, "A service account was changed.", CHANGED),
        _about_account(
            Event.SESSION_ENDED,
            "A session of a user ended.",
            SESSION,
            text("reason", "Why it ended", "logged_out"),
        ),
        _about_account(
            Event.SESSIONS_ENDED, "All or all other sessions of a user ended.", SESSIONS_ENDED
        ),
        _about_account(Event.USER_CREATED, "An account was created."),
        _about_account(
            Event.USER_DELETED,
            "An account was deleted. It can be restored until it is purged.",
            optional(
                text("reason", "`unconfirmed` if another user got its address", "unconfirmed")
            ),
            SESSIONS_ENDED,
        ),
        _about_account(Event.USER_EXPORTED, "A user exported the own data."),
        _about_account(
            Event.USER_PASSWORD_SET,
            "An administrator set the password of a user.",
            MUST_CHANGE,
            SESSIONS_ENDED,
        ),
        _about_account(
            Event.USER_PURGED, "A deleted account was erased. Delete what you store about it."
        ),
        _about_account(Event.USER_REACTIVATED, "A suspended user can log in again.", REASON),
        _about_account(Event.USER_RESTORED, "A deleted account was restored."),
        _about_account(Event.USER_SUSPENDED, "A user was suspended.", REASON, SESSIONS_ENDED),
        _about_account(
            Event.USER_UPDATED, "An account was changed.", CHANGED, optional(SESSIONS_ENDED)
        ),
        _about_none(
            Event.USERS_EXPORTED,
            "An administrator exported users.",
            flag("hashes", "Whether the export has their password hashes"),
        ),
        _about_none(Event.USERS_IMPORTED, "Users were imported.", *IMPORTED),
        _about_none(
            Event.WEBHOOK_DISABLED,
            "A webhook was disabled, because it did not accept events for days, or answered 410.",
            WEBHOOK,
            text(
                "reason", "`failing` if it accepted nothing for days, `gone` after 410", "failing"
            ),
        ),
    )
}
ID_DETAILS = {
    detail.name for event in PUBLIC_EVENTS.values() for detail in event.details if detail.is_id
}
EVENTS = tuple(Event(name) for name in PUBLIC_EVENTS)


def is_wanted(event: str, chosen: Collection[str]) -> bool:
    """Return whether a webhook with this list of events receives the event."""
    return event in PUBLIC_EVENTS and (ALL_EVENTS in chosen or event in chosen)
