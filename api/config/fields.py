"""The settings. `docs/configuration.md` is made from what stands here."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from api.config import derived
from api.config.kinds import (
    AtLeastOne,
    Count,
    DatabaseUrl,
    Names,
    Origin,
    Origins,
    Port,
    Rate,
    RedisUrl,
    Seconds,
    Text,
)
from api.config.sources import FileSource


def setting(
    description: str,
    default: object = ...,
    *,
    told: str = "",
    file: bool = False,
    section: str = "",
) -> Any:
    """Declare a setting.

    Args:
        description: for the operator.
        default: a value, or a function of the settings declared before this one.
        told: how the page tells a default that is a function.
        file: it may come from a file (``NAME_FILE``), and is never shown.
        section: the heading that begins here.
    """
    given = {"default_factory" if callable(default) else "default": default}
    extra = {"told": told, "file": file, "section": section}
    field: Any = Field  # whose overloads know no default that may be either
    return field(description=description, repr=not file, json_schema_extra=extra, **given)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        validate_default=False,  # one that is missing in production is told by `safety`
    )

    environment: Literal["production", "development", "testing"] = setting(
        "How strict the service is. `production` refuses unsafe settings. `testing` is for test "
        "suites alone: cheap hashes, passwords from 8 characters, no password list, no limits.",
        "production",
        section="The service",
    )
    debug: bool = setting("Flask's debug mode. Refused in production.", default=False)
    host: Text = setting("The address to listen on.", "127.0.0.1")
    port: Port = setting("The port to listen on.", 8000)
    public_base_url: Origin = setting(
        "The address clients know the service by; links and token issuer begin with it. "
        "In production it is `https`, or `http` on a loopback address.",
        derived.public_base_url,
        told="required in production, else `http://127.0.0.1:PORT`",
        file=True,
    )
    allowed_hosts: Names = setting(
        "The names accepted in the Host header, without port; `*` accepts any and is refused in "
        "production.",
        derived.allowed_hosts,
        told="the host of `PUBLIC_BASE_URL`; outside production also the names of this machine",
    )
    cors_origins: Origins = setting(
        "The origins whose pages may call the API; `*` is refused in production.", ()
    )
    trusted_proxies: Count = setting(
        "How many proxies in front add to X-Forwarded-For. Too high a number lets clients forge "
        "their address.",
        0,
    )
    max_body_bytes: AtLeastOne = setting(
        "The longest request body, where the contract names no other.", 65_536
    )
    import_max_bytes: AtLeastOne = setting(
        "The maximum size of the body of one import request, in bytes.", 8 * 1024 * 1024
    )
    import_max_rows: AtLeastOne = setting(
        "The maximum number of rows in one import request; blank lines count.", 10_000
    )
    docs_enabled: bool = setting("Serve the docs page and the contract.", default=True)
    registration_enabled: bool = setting("Let people register themselves.", default=True)

    database_url: DatabaseUrl = setting(
        "The database: `postgresql://…` or `sqlite:///…`.", file=True, section="Storage"
    )
    database_pool_size: AtLeastOne = setting(
        "Connections each worker keeps for reads, and as many for writes.", 8
    )
    database_timeout_ms: AtLeastOne = setting(
        "How long a statement, or a wait for a lock or a connection, may take, in milliseconds.",
        1500,
    )
    deleted_users_kept_days: Annotated[int, Field(ge=0, le=3650)] = setting(
        "Days for which deleted users can be restored; then `rollbook purge` deletes them for "
        "good.",
        30,
    )
    idempotency_kept_hours: Annotated[int, Field(ge=24, le=8760)] = setting(
        "How long the answer to a request with an `Idempotency-Key` is kept, in hours.", 24
    )
    redis_url: RedisUrl | None = setting(
        "Where workers count limits together. Without it one worker counts in its memory.",
        None,
        file=True,
    )
    workers: AtLeastOne = setting(
        "Processes that answer. More than one takes `REDIS_URL` in production.",
        derived.workers,
        told="one per core with `REDIS_URL`, else 1",
    )

    encryption_key: Text | None = setting(
        "Encrypts the signing keys in the database, and seals refresh tokens and cursors. Required "
        "in production. At least 32 bytes, random: `openssl rand -base64 48`.",
        None,
        file=True,
        section="Tokens and sessions",
    )
    jwt_secret_key: Text | None = setting(
        "Signs the access tokens with HS256 where there is no `ENCRYPTION_KEY`; whoever verifies "
        "them with it could also make them, so production does not start with it alone.",
        None,
        file=True,
    )
    jwt_issuer: Text = setting(
        "Named as issuer in every token.", derived.jwt_issuer, told="`PUBLIC_BASE_URL`"
    )
    jwt_audience: Text = setting("Named as audience in every token.", "rollbook")
    access_token_seconds: Annotated[int, Field(ge=1, le=900)] = setting(
        "How long an access token lasts.", 900
    )
    session_idle_seconds: Seconds = setting(
        "How long a session lasts without being refreshed.", 7 * 86_400
    )
    session_seconds: Seconds = setting(
        "How long a session lasts at most, however often it is refreshed.", 30 * 86_400
    )
    refresh_grace_seconds: Annotated[int, Field(ge=0, le=60)] = setting(
        "How long the refresh token before the newest still yields the newest, for answers that "
        "got lost and tabs that ask at once; 0 takes each refresh token once.",
        10,
    )
    step_up_seconds: Seconds = setting(
        "How recently one must have given the password for what cannot be undone.", 600
    )

    password_min_length: Annotated[int, Field(ge=8, le=256)] = setting(
        "The shortest password.",
        derived.in_testing(8, 12),
        told="12",
        section="Passwords",
    )
    password_blocklist: bool = setting(
        "Refuse passwords from our list of common ones. Not to be turned off in production.",
        derived.in_testing(then=False, otherwise=True),
        told="true",
    )
    argon2_memory_kib: Annotated[int, Field(ge=8)] = setting(
        "Memory one hash takes, in KiB. At least 19456 in production.",
        derived.in_testing(8, 19_456),
        told="19456",
    )
    argon2_time_cost: AtLeastOne = setting(
        "Passes over that memory. At least 2 in production.",
        derived.in_testing(1, 2),
        told="2",
    )
    hash_queue: AtLeastOne = setting(
        "Passwords that may wait to be hashed, per worker; the next one is answered 503.",
        16,
    )

    limits_enabled: bool = setting(
        "Count requests and attempts at passwords. Not to be turned off in production.",
        derived.in_testing(then=False, otherwise=True),
        told="true",
        section="Limits",
    )
    limit_per_user: Rate = setting("Requests of one user.", "600 per minute")
    limit_password_per_user: Rate = setting("Changes of password by one user.", "10 per minute")
    limit_public_per_address: Rate = setting("Public reads from one address.", "600 per minute")
    limit_login_per_address: Rate = setting("Logins from one address.", "10 per minute")
    limit_register_per_address: Rate = setting("Registrations from one address.", "20 per minute")
    login_attempts: AtLeastOne = setting(
        "Wrong passwords for one account from one network in LOGIN_WINDOW_SECONDS.", 5
    )
    login_attempts_per_account: AtLeastOne = setting(
        "Wrong passwords for one account from all networks in LOGIN_WINDOW_SECONDS.", 20
    )
    login_window_seconds: Seconds = setting("The time in which they count.", 300)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = setting(
        "The least severe line that is written.", "INFO", section="Watching it"
    )
    log_format: Literal["auto", "json", "console"] = setting(
        "`auto` writes for people in a terminal and JSON elsewhere.", "auto"
    )
    log_file: Path | None = setting("A file that takes the same lines, and rotates.", None)
    metrics_host: Text = setting("The address `/metrics` listens on.", "127.0.0.1")
    metrics_port: Port = setting("The port `/metrics` listens on; 0 turns it off.", 9100)
    metrics_public: bool = setting("Serve `/metrics` on the public port too.", default=False)

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def testing(self) -> bool:
        return self.environment == "testing"

    @property
    def secret(self) -> str:
        """Return what other keys are derived from; `safety` sees to it that there is one."""
        return self.encryption_key or self.jwt_secret_key or ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, FileSource(settings_cls)
