"""Accounts by the thousand: written by the database, since rules are not what is measured."""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

import psycopg
from sqlalchemy import make_url

from api.core.database import transaction
from api.passwords.hashing import PasswordHashing
from api.sessions import service as sessions
from api.sessions.resources import Tokens, issue_tokens
from tests.postgresql import connect
from tests.service import Service

PASSWORD = "correct horse battery staple"

# One a second, up to now; ids are UUIDs of version 7, names spread over the alphabet.
FILL = """
INSERT INTO users (id, username, username_key, email, email_key, display_name, display_name_key,
                   status, password_hash, created_at, updated_at)
SELECT overlay(overlay(md5(n::text) PLACING lpad(to_hex(extract(epoch FROM born)::bigint * 1000),
               12, '0') FROM 1) PLACING '7' FROM 13)::uuid,
       name, name, name || '@example.org', name || '@example.org',
       'Person ' || n, 'person ' || n, 'active', %(hash)s, born, born
FROM (SELECT n, substr(md5(n::text), 1, 6) || n AS name,
             date_trunc('second', now()) - make_interval(secs => %(last)s::int - n) AS born
      FROM generate_series(%(first)s::int, %(last)s::int) AS n) AS people
"""


@dataclass(frozen=True)
class Account:
    """Someone in the crowd."""

    id: UUID
    username: str

    def credentials(self, password: str = PASSWORD) -> dict[str, str]:
        return {"username": self.username, "password": password}


@cache
def stored() -> str:
    """Return the hash of the password that all of them have, as costly as in production."""
    return PasswordHashing().hash_password(PASSWORD)


def database(service: Service) -> psycopg.Connection:
    return connect(make_url(service.database_url))


def fill(service: Service, last: int, first: int = 1) -> list[Account]:
    """Write accounts number ``first`` to ``last``, and return up to a thousand of them."""
    with database(service) as connection:
        connection.execute(FILL, {"hash": stored(), "first": first, "last": last})
        connection.execute("VACUUM (ANALYZE) users")  # as the server does in time
        some = connection.execute(
            """SELECT id, username FROM users WHERE id NOT IN (SELECT user_id FROM user_roles)
               ORDER BY created_at DESC LIMIT 1000"""
        )
        return [Account(*row) for row in some]


def token(service: Service, account: Account) -> dict[str, str]:
    """Return the header of someone who is logged in."""
    return {"Authorization": f"Bearer {session(service, account).access_token}"}


def session(service: Service, account: Account) -> Tokens:
    """Open a session for somebody, and return its tokens."""
    with service.local_service.app.app_context(), transaction():
        return issue_tokens(sessions.open_session(account.id))
