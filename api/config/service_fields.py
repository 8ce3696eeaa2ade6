"""The settings of the service, of names, and of storage."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from api.config import derived
from api.config.declarations import setting
from api.config.kinds import (
    Address,
    AtLeastOne,
    BaseUrl,
    Count,
    DatabaseUrl,
    Hosts,
    Origins,
    Pattern,
    Port,
    RedisUrl,
)

USERNAME_CHARACTERS = "[A-Za-z0-9._-]+"


class ServiceFields(BaseSettings):
    environment: Literal["production", "development", "testing"] = setting(
        "How strict the service is. `production` rejects unsafe settings. `testing` is only for "
        "test suites: cheap hashes, passwords from 8 characters, no password list, no limits.",
        "production",
        section="The service",
    )
    debug: bool = setting("Flask's debug mode. Not allowed in production.", default=False)
    host: Address = setting("The IP address on which the service listens.", "127.0.0.1")
    port: Port = setting("The port on which the service listens.", 8000)
    public_base_url: BaseUrl = setting(
        "The URL under which clients reach the service; links and the token issuer begin with it. "
        "It can have a path, such as `https://example.com/auth`. In production `https`, or `http` "
        "on a loopback address.",
        derived.public_base_url,
        shown_default="required in production, else `http://127.0.0.1:PORT`",
        file=True,
    )
    allowed_hosts: Hosts = setting(
        "The host names accepted in the Host header, without port. `*` accepts any name and is "
        "not allowed in production.",
        derived.allowed_hosts,
        shown_default="the host of `PUBLIC_BASE_URL`; `localhost`, `127.0.0.1` and `[::1]` outside "
        "production, or if that host is one of them",
    )
    cors_origins: Origins = setting(
        "The origins whose pages may call the API. `https://*.example.com` allows each name with "
        "one label more, `https://app-*.example.com` those that begin so. `*` allows any origin "
        "and is not allowed in production.",
        (),
    )
    trusted_proxies: Count = setting(
        "The number of proxies that add to the header `TRUSTED_PROXY_HEADER`. If it is too high, "
        "clients can forge their IP address.",
        0,
    )
    trusted_proxy_header: Literal["X-Forwarded-For", "Forwarded"] = setting(
        "The header from which the client's IP address is read. The service reads only this one. "
        "`Forwarded` is that of RFC 7239.",
        "X-Forwarded-For",
    )
    keep_alive_seconds: Annotated[int, Field(ge=1, le=3600)] = setting(
        "How long an idle connection stays open, and how long a request header may take, in "
        "seconds. Set it higher than the idle timeout of the proxy in front.",
        75,
    )
    max_body_bytes: AtLeastOne = setting(
        "The maximum size of a request body in bytes, if the operation has no limit of its own.",
        65_536,
    )
    import_max_bytes: AtLeastOne = setting(
        "The maximum size of the body of one import request, in bytes.", 8 * 1024 * 1024
    )
    import_max_rows: AtLeastOne = setting(
        "The maximum number of rows in one import request; blank lines count.", 10_000
    )
    docs_enabled: bool = setting("Serve the docs page and the contract.", default=True)
    registration_enabled: bool = setting("Allow users to register.", default=True)

    invitation_days: Annotated[int, Field(ge=1, le=90)] = setting(
        "How long an invitation can be accepted, in days.", 7
    )

    usernames: Literal["required", "optional", "off"] = setting(
        "Whether accounts have usernames. A user without one logs in with the e-mail address.",
        "optional",
        section="Names",
    )
    username_pattern: Pattern = setting(
        "The regular expression that a new username matches as a whole. Characters that look alike "
        "count as equal (UTS 39), and scripts that are not written together are rejected.",
        USERNAME_CHARACTERS,
    )
    username_min_length: Annotated[int, Field(ge=1, le=150)] = setting(
        "The minimum length of a new username.", 3
    )
    username_max_length: Annotated[int, Field(ge=1, le=150)] = setting(
        "The maximum length of a new username.", 32
    )
    email_reserved_domains: Literal["refuse", "allow"] = setting(
        "Whether e-mail addresses may have a domain that receives no mail, such as `.local` or "
        "`localhost`. `.test` is always accepted.",
        "refuse",
    )

    database_url: DatabaseUrl = setting(
        "The database: `postgresql://…` or `sqlite:///…`.", file=True, section="Storage"
    )
    database_pool_size: AtLeastOne = setting(
        "The number of connections of each worker for reads, and the same number for writes.", 8
    )
    database_timeout_ms: AtLeastOne = setting(
        "The timeout of a statement, a lock and a connection from the pool, in milliseconds.",
        1500,
    )
    database_transaction_pooling: bool = setting(
        "Whether a pooler such as PgBouncer in transaction mode is in front of the database. Then "
        "the service prepares no statements and makes no settings for a connection.",
        default=False,
    )
    deleted_users_kept_days: Annotated[int, Field(ge=0, le=3650)] = setting(
        "How long deleted users can be restored, in days. Then the worker, or `rollbook purge`, "
        "erases them.",
        30,
    )
    own_deletion_days: Annotated[int, Field(ge=1, le=365)] = setting(
        "How long users who delete their own account can undo it, in days. Then it is erased.", 14
    )
    idempotency_kept_hours: Annotated[int, Field(ge=24, le=8760)] = setting(
        "How long the response to a request with an `Idempotency-Key` is stored, in hours.", 24
    )
    redis_url: RedisUrl | None = setting(
        "The Redis database in which all workers count rate limits. Without it, one worker counts "
        "in its memory.",
        None,
        file=True,
    )
    workers: AtLeastOne = setting(
        "The number of processes that serve requests. More than one needs `REDIS_URL` in "
        "production.",
        derived.workers,
        shown_default="one per core with `REDIS_URL`, else 1",
    )
