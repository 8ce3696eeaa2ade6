"""Service accounts with client credentials, and how they ask the OAuth operations."""

from base64 import b64encode
from dataclasses import dataclass, field
from time import time
from typing import Any
from urllib.parse import quote_plus, urlencode
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from flask import Flask

from api.core.database import db, transaction
from api.core.permissions import Permission
from api.core.program_secrets import make_digest, make_secret
from api.core.secrets import new_id, token
from api.keys.pairs import make_jwk
from api.oauth.assertions import ASSERTION_TYPE
from api.roles.models import Role
from api.service_accounts.models import ClientCredential, ServiceAccount, ServiceAccountRole

FORM = "application/x-www-form-urlencoded"
ISSUER = "http://127.0.0.1:8000"  # of the test settings


@dataclass
class ServiceClient:
    """A service account, its secret and its private key."""

    app: Flask
    client: Any  # of Flask's tests, or over a socket
    id: str
    secret: str
    secret_id: str
    key_id: str
    private_key: Any
    algorithm: str = "ES256"
    issuer: str = ISSUER
    tokens: list[str] = field(default_factory=list)

    @property
    def basic(self) -> dict[str, str]:
        pair = f"{quote_plus(self.id)}:{quote_plus(self.secret)}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    def sign(self, headers: dict[str, Any] | None = None, /, **changes: Any) -> str:
        """Return a client assertion; a claim that is changed to None is left out."""
        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": self.issuer,
            "exp": int(time()) + 60,
            "jti": token(),
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.private_key, self.algorithm, headers)

    def ask(
        self,
        path: str,
        *,
        expecting: int | None = 200,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> Any:
        """Send a form. Without headers, authenticate with the secret in the header."""
        headers = self.basic if headers is None else headers
        answer = self.client.post(
            path, data=urlencode(members, doseq=True), headers={"Content-Type": FORM, **headers}
        )
        assert expecting in {None, answer.status_code}, f"{answer.status}: {answer.text}"
        return answer

    def request_token(self, *, expecting: int | None = 200, **members: Any) -> Any:
        members = {"grant_type": "client_credentials", **members}
        return self.ask("/oauth/token", expecting=expecting, **members)

    def request_token_with(self, assertion: str, **members: Any) -> Any:
        return self.request_token(
            headers={},
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=assertion,
            **members,
        )

    def issue(self, **members: Any) -> str:
        """Return a new access token."""
        issued: str = self.request_token(**members).json["access_token"]
        return issued

    def get(self, path: str, access_token: str, *, expecting: int | None = 200) -> Any:
        answer = self.client.get(path, headers={"Authorization": f"Bearer {access_token}"})
        assert expecting in {None, answer.status_code}, f"{answer.status}: {answer.text}"
        return answer

    def change(self, **values: Any) -> None:
        """Change the account in the database."""
        with self.app.app_context(), transaction():
            account = db.session.get(ServiceAccount, UUID(self.id))
            for name, value in values.items():
                setattr(account, name, value)

    def change_credential(self, credential_id: str, **values: Any) -> None:
        with self.app.app_context(), transaction():
            credential = db.session.get(ClientCredential, UUID(credential_id))
            for name, value in values.items():
                setattr(credential, name, value)

    def delete_credential(self, credential_id: str) -> None:
        with self.app.app_context(), transaction():
            db.session.delete(db.session.get(ClientCredential, UUID(credential_id)))

    def set_permissions(self, *permissions: Permission) -> None:
        """Change what its role carries."""
        with self.app.app_context(), transaction():
            db.session.get(Role, f"of-{self.id}").permissions = permissions


def find_algorithm(private_key: Any) -> Any:
    if isinstance(private_key, ec.EllipticCurvePrivateKey):
        return "ES256"
    return "RS256" if isinstance(private_key, rsa.RSAPrivateKey) else "EdDSA"


def make_service_client(
    app: Flask, client: Any, *permissions: Permission, name: str = "Shop", private_key: Any = None
) -> ServiceClient:
    """Save a service account with a role that carries these permissions, a secret and a key."""
    account_id, secret = new_id(), make_secret("rb_client_")
    private_key = private_key or ec.generate_private_key(ec.SECP256R1())
    algorithm = find_algorithm(private_key)
    jwk = make_jwk(private_key, algorithm).to_members()
    with app.app_context(), transaction():
        role = Role(name=f"of-{account_id}", description="", version=1)
        role.permissions = permissions
        account = ServiceAccount(id=account_id, name=name, name_key=f"{name} {account_id}")
        by_secret = ClientCredential(
            service_account_id=account_id,
            kind="client_secret",
            name="secret",
            digest=make_digest(secret),
            last4=secret[-4:],
        )
        by_key = ClientCredential(
            service_account_id=account_id, kind="public_key", name="key", public_key=jwk
        )
        db.session.add_all([role, account])
        db.session.flush()
        db.session.add_all(
            [
                by_secret,
                by_key,
                ServiceAccountRole(service_account_id=account_id, role=role.name),
            ]
        )
        db.session.flush()
        ids = str(by_secret.id), str(by_key.id)
    return ServiceClient(app, client, str(account_id), secret, *ids, private_key, algorithm)
