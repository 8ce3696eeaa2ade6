"""The claims of access tokens (RFC 9068), and the checks that each token passes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from time import time
from typing import Any, NotRequired, TypedDict
from uuid import UUID

MEDIA_TYPE = "at+jwt"  # RFC 9068, 2.1
FIRST_PARTY_CLIENT = "rollbook"  # the client that a user logs in with: this API itself
LEEWAY_SECONDS = 10  # by which the clocks of two machines may differ


class Purpose(StrEnum):
    """What a token is for: its claim ``typ``.

    A token of a service account (``CLIENT``) has a purpose of its own, so that a service that only
    expects users rejects it.

    With a temporary password a session gets tokens that only choose a new password, and before the
    e-mail address is confirmed those that only do what belongs to that. They have another audience,
    so that other services reject them.
    """

    ACCESS = "access"
    CLIENT = "client"
    EMAIL_VERIFICATION = "email_verification"
    PASSWORD_CHANGE = "password_change"  # noqa: S105  not a password


LIMITED_PATHS = {
    Purpose.EMAIL_VERIFICATION: "/api/email/verify",
    Purpose.PASSWORD_CHANGE: "/api/me/password",
}


class TokenHeader(TypedDict):
    """The header of an access token."""

    alg: str
    typ: str
    kid: NotRequired[str]


class TokenClaims(TypedDict):
    """The claims of an access token.

    RFC 9068, 2.2, requires ``client_id``. Tokens that the version before it issued lack it. Only
    tokens of sessions have ``sid``. Only those of service accounts have ``credential`` (the id of
    the client credential), and perhaps ``scope`` (permissions, separated by spaces) and several
    audiences.
    """

    iss: str
    aud: str | list[str]
    sub: str
    client_id: NotRequired[str]
    sid: NotRequired[str]
    iat: int
    nbf: int
    exp: int
    jti: str
    typ: str
    roles: list[str]
    scope: NotRequired[str]
    credential: NotRequired[str]


@dataclass(frozen=True)
class TokenRules:
    """The issuer, audience and lifetime (in seconds) of access tokens.

    ``own_audiences`` are those of tokens that this API accepts from service accounts,
    ``other_audiences`` those of tokens that other services accept.
    """

    issuer: str
    audience: str
    lifetime: int
    base_url: str = ""
    other_audiences: tuple[str, ...] = ()

    @property
    def own_audiences(self) -> frozenset[str]:
        return frozenset({self.audience, self.base_url} - {""})

    @property
    def client_audiences(self) -> frozenset[str]:
        """Return every audience that a token of a service account can have."""
        return self.own_audiences | {*self.other_audiences}

    def get_audience(self, purpose: Purpose) -> str:
        """Return the audience, or for a limited purpose the operation that fulfils it."""
        if purpose in LIMITED_PATHS:
            return f"{self.issuer}{LIMITED_PATHS[purpose]}"
        return self.audience

    def list_audiences(self) -> list[str]:
        """Return the audiences of all tokens that this service issues."""
        return sorted({*map(self.get_audience, Purpose)} | self.client_audiences)


@dataclass(frozen=True, slots=True)
class Claims:
    """The verified claims that every request with a token of a session needs."""

    subject: UUID
    session: UUID
    expires: int
    kid: str | None


@dataclass(frozen=True, slots=True)
class ClientClaims:
    """The verified claims that every request with a token of a service account needs."""

    subject: UUID
    credential: UUID
    token_id: UUID
    scopes: frozenset[str]
    is_for_this_api: bool
    expires: int
    kid: str | None


def check_claims(
    header: TokenHeader, claims: Mapping[str, Any], rules: TokenRules
) -> Claims | ClientClaims:
    """Check the types and values of the claims (RFC 8725, 2.8 and 3.11). PyJWT would convert them.

    Raises:
        LookupError, TypeError, ValueError: a claim is missing, or has a type or value that this
            service never issues.
    """
    if header["typ"] != MEDIA_TYPE:
        raise ValueError("typ")
    if any(type(claims[name]) is not int for name in ("exp", "iat", "nbf")):
        raise ValueError("exp, iat and nbf are integers")
    if claims["iat"] > time() + LEEWAY_SECONDS:
        raise ValueError("iat")
    purpose = Purpose(claims["typ"])
    if purpose is Purpose.CLIENT:
        return _check_client_claims(header, claims, rules)
    _require_strings(claims, "sub", "sid", "jti")
    if claims["aud"] != rules.get_audience(purpose):
        raise ValueError("aud")
    subject, session = UUID(claims["sub"]), UUID(claims["sid"])
    return Claims(subject, session, claims["exp"], header.get("kid"))


def _check_client_claims(
    header: TokenHeader, claims: Mapping[str, Any], rules: TokenRules
) -> ClientClaims:
    claims = {"scope": "", **claims}  # it is missing if there are no permissions
    _require_strings(claims, "sub", "client_id", "jti", "credential", "scope")
    if "sid" in claims or claims["client_id"] != claims["sub"]:
        raise ValueError("not a token of a service account")
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not audiences or not rules.client_audiences.issuperset(audiences):
        raise ValueError("aud")
    return ClientClaims(
        UUID(claims["sub"]),
        UUID(claims["credential"]),
        UUID(claims["jti"]),
        frozenset(claims["scope"].split()),
        not rules.own_audiences.isdisjoint(audiences),
        claims["exp"],
        header.get("kid"),
    )


def _require_strings(claims: Mapping[str, Any], *names: str) -> None:
    if any(type(claims[name]) is not str for name in names):
        raise ValueError("not a string")
