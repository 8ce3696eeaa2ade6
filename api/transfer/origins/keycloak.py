"""Keycloak: the export of a realm with its users (`kc.sh export`)."""

from collections.abc import Iterator
from typing import cast

from api.core import json_reader
from api.transfer.layouts import Columns, Layout
from api.transfer.origins.drafts import Draft, Origin, Record, join_names

COLUMNS: Columns = dict.fromkeys(
    ("id", "username", "email", "firstName", "lastName", "credentials", "realmRoles"), str
)
ROLES = ("realmRoles", "clientRoles", "groups")
ARGON2_VERSIONS = {"1.0": 16, "1.3": 19}
UPDATE_PASSWORD = "UPDATE_PASSWORD"  # noqa: S105  the name of an action


def map_user(draft: Draft) -> bool:
    if draft.take("serviceAccountClientId"):
        return False
    draft.set_id(draft.take_text("id"))
    given, family = draft.take_text("firstName"), draft.take_text("lastName")
    draft.set_names(
        email=draft.take_text("email"),
        username=draft.take_text("username"),
        display_name=join_names(given, family),
    )
    draft.row["created_at"] = draft.take_timestamp("createdTimestamp")
    if draft.take_boolean("enabled") is False:
        draft.suspend("Disabled in Keycloak")
    draft.row["email_verified"] = draft.take_boolean("emailVerified")
    _set_password(draft)
    draft.keep("attributes", *ROLES)
    draft.ignore("notBefore", "disableableCredentialTypes", "access", "origin", "self", "totp")
    draft.ignore("userProfileMetadata")
    if draft.take_list("federatedIdentities"):
        draft.lose("federatedIdentities")
    return True


def _set_password(draft: Draft) -> None:
    for credential in cast("list[Record]", draft.take_list("credentials")):
        if credential.get("type") == "password":
            draft.row["password_hash"] = _make_hash(credential)
        elif credential.get("type") != "password-history":
            draft.lose(f"credentials ({credential.get('type')})")
    actions = draft.take_list("requiredActions")
    if UPDATE_PASSWORD in actions:
        draft.row["must_change_password"] = True
    draft.note("requiredActions", [action for action in actions if action != UPDATE_PASSWORD])


def _make_hash(credential: Record) -> str:
    """Return the hash of a credential in the notation of PHC."""
    secret, data = (
        {**credential, **_read_object(credential.get(name))}
        for name in ("secretData", "credentialData")
    )
    digest = str(secret.get("value") or secret.get("hashedSaltedValue") or "")
    salt, iterations = secret.get("salt"), data.get("hashIterations")
    algorithm = str(data.get("algorithm") or "pbkdf2")
    if algorithm == "argon2":
        given = dict(_read_parameters(data.get("additionalParameters")))
        version = ARGON2_VERSIONS.get(given.get("version", "1.3"), 0)
        parameters = f"m={given.get('memory')},t={iterations},p={given.get('parallelism', 1)}"
        return f"$argon2{given.get('type', 'id')}$v={version}${parameters}${salt}${digest}"
    if algorithm.startswith("pbkdf2"):
        return f"${algorithm}${iterations}${salt}${digest}"
    return digest  # of an extension, such as bcrypt


def _read_object(text: object) -> Record:
    """Return the object in a text. Keycloak has these members as JSON in JSON."""
    try:
        value = json_reader.read(text) if isinstance(text, str) else text
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {}


def _read_parameters(given: object) -> Iterator[tuple[str, str]]:
    """Yield the parameters, each of which is a list with one text."""
    for name, values in given.items() if isinstance(given, dict) else ():
        yield name, str(values[0] if isinstance(values, list) and values else values)


KNOWN_BY = ("createdTimestamp", "requiredActions", "credentials", "serviceAccountClientId")
KEYCLOAK = Origin("keycloak", Layout(COLUMNS, is_open=True), map_user, KNOWN_BY, keeps_ids=True)
