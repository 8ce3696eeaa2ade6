"""Accounts for the measurements, inserted by SQL because registering them is not measured."""

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

# One account per second until now. The ids are UUIDs of version 7, the names are spread over the
# alphabet.
INSERT_ACCOUNTS = """
INSERT INTO users (id, username, username_key, email, email_key, display_name, display_name_key,
                   status, password_hash, created_at, updated_at)
SELECT overlay(overlay(md5(n::text) PLACING lpad(to_hex(extract(epoch FROM created_at)::bigint
               * 1000), 12, '0') FROM 1) PLACING '7' FROM 13)::uuid,
       name, name, name || '@example.org', name || '@example.org',
       'Person ' || n, 'person ' || n, 'active', %(hash)s, created_at, created_at
FROM (SELECT n, substr(md5(n::text), 1, 6) || n AS name,
             date_trunc('second', now()) - make_interval(secs => %(last)s::int - n) AS created_at
      FROM generate_series(%(first)s::int, %(last)s::int) AS n) AS accounts
"""
MAX_RETURNED = 1000


@dataclass(frozen=True)
class Account:
    id: UUID
    username: str

    def credentials(self, password: str = PASSWORD) -> dict[str, str]:
        return {"username": self.username, "password": password}


@cache
def hash_password() -> str:
    """Return the hash of the password of all accounts, with the cost of production."""
    return PasswordHashing().hash_password(PASSWORD)


def connect_database(service: Service) -> psycopg.Connection:
    return connect(make_url(service.database_url))


def insert_accounts(service: Service, last: int, first: int = 1) -> list[Account]:
    """Insert the accounts with the numbers ``first`` to ``last``; return up to 1000 accounts."""
    with connect_database(service) as connection:
        values = {"hash": hash_password(), "first": first, "last": last}
        connection.execute(INSERT_ACCOUNTS, values)
        connection.execute("VACUUM (ANALYZE) users")  # as the server does from time to time
        newest = connection.execute(
            """SELECT id, username FROM users WHERE id NOT IN (SELECT user_id FROM user_roles)
               ORDER BY created_at DESC LIMIT %s""",
            [MAX_RETURNED],
        )
        return [Account(*row) for row in newest]


def make_headers(service: Service, account: Account) -> dict[str, str]:
    """Return headers with an access token of the account."""
    return {"Authorization": f"Bearer {open_session(service, account).access_token}"}


def open_session(service: Service, account: Account) -> Tokens:
    """Open a session for the account, and return its tokens."""
    with service.local_service.app.app_context(), transaction():
        return issue_tokens(sessions.open_session(account.id))
