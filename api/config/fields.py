"""The settings. `docs/configuration.md` is written from this module and those it imports."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from api.config import derived
from api.config.declarations import setting
from api.config.hash_keys import Firebase, Peppers
from api.config.kinds import (
    Address,
    AtLeastOne,
    BaseUrl,
    Port,
    Rate,
    Seconds,
    SigningAlgorithm,
    Text,
)
from api.config.machine_fields import MachineFields
from api.config.sources import EnvironmentSource, FileSource
from api.config.text import clean, clean_lines

# Of imported hashes that are costly to verify: how many are verified at once, and how many wait.
COSTLY_HASH_THREADS, COSTLY_HASH_QUEUE = 1, 4
WITH_LINES = {"password_peppers", "firebase_scrypt"}  # settings that may have several lines


class Settings(MachineFields):
    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        validate_default=False,  # `safety` reports settings that production requires
    )

    encryption_key: Text | None = setting(
        "Encrypts the signing keys in the database, and signs refresh tokens and cursors. At least "
        "32 bytes, random: `openssl rand -base64 48`. Production requires it; elsewhere "
        "`JWT_SECRET_KEY` can be set instead.",
        None,
        shown_default="required, or `JWT_SECRET_KEY`",
        file=True,
        section="Tokens and sessions",
    )
    jwt_secret_key: Text | None = setting(
        "Signs access tokens with HS256 if `ENCRYPTION_KEY` is not set. A service that can verify "
        "such tokens can also create them, so production needs `ENCRYPTION_KEY`.",
        None,
        file=True,
    )
    signing_algorithm: SigningAlgorithm = setting(
        "The algorithm of new signing keys. Set `RS256` if a service that verifies access tokens "
        "knows no other. A change begins at the next rotation (docs/operations.md, Signing keys).",
        "ES256",
    )
    jwt_issuer: Text = setting(
        "The issuer (`iss`) of access tokens.",
        derived.jwt_issuer,
        shown_default="`PUBLIC_BASE_URL`",
    )
    jwt_audience: Text = setting("The audience (`aud`) of access tokens.", "rollbook")
    access_token_seconds: Annotated[int, Field(ge=1, le=900)] = setting(
        "The lifetime of an access token, in seconds.", 900
    )
    session_idle_seconds: Seconds = setting(
        "The lifetime of a session without a refresh, in seconds.", 7 * 86_400
    )
    session_seconds: Seconds = setting(
        "The maximum lifetime of a session, in seconds.", 30 * 86_400
    )
    refresh_grace_seconds: Annotated[int, Field(ge=0, le=60)] = setting(
        "How long the previous refresh token still returns the newest one, in seconds: for "
        "responses that are lost and for requests at the same time. With 0 each token works once.",
        10,
    )
    step_up_seconds: Seconds = setting(
        "How old the last check of the password may be for sensitive operations, in seconds.", 600
    )

    password_min_length: Annotated[int, Field(ge=8, le=256)] = setting(
        "The minimum length of a password.",
        derived.in_testing(8, 12),
        shown_default="12",
        section="Passwords",
    )
    password_blocklist: bool = setting(
        "Reject common passwords. Required in production.",
        derived.in_testing(then=False, otherwise=True),
        shown_default="true",
    )
    password_list_file: Path | None = setting(
        "A list of further passwords to reject, made with `rollbook passwords build-list`.", None
    )
    password_breach_url: BaseUrl | None = setting(
        "The URL of a service that knows passwords from breaches by ranges of SHA-1 digests: "
        "`/` and the first 5 hexadecimal digits are added. Without it nothing is asked.",
        None,
    )
    password_breach_failure: Literal["open", "closed"] = setting(
        "What happens while `PASSWORD_BREACH_URL` does not answer: `open` accepts passwords that "
        "the lists do not have, `closed` rejects all new ones with status 503.",
        "open",
    )
    temporary_password_days: Annotated[int, Field(ge=1, le=365)] = setting(
        "How long a user can log in with a temporary password, in days. An administrator sets it, "
        "and the user has to choose a new one.",
        7,
    )
    argon2_memory_kib: Annotated[int, Field(ge=8)] = setting(
        "The memory of one Argon2id hash, in KiB. At least 19456 in production.",
        derived.in_testing(8, 19_456),
        shown_default="19456",
    )
    argon2_time_cost: AtLeastOne = setting(
        "The number of passes over that memory. At least 2 in production.",
        derived.in_testing(1, 2),
        shown_default="2",
    )
    hash_queue: AtLeastOne = setting(
        "The maximum number of passwords that wait for a hash, per worker. More get status 503.",
        16,
    )
    password_peppers: Peppers = setting(
        "The keys that other systems added to passwords before they hashed them, for imported "
        "hashes: `ID=FORM:KEY`, separated by commas or lines "
        "([security](security.md#peppers-of-other-systems)).",
        (),
        file=True,
    )
    firebase_scrypt: Firebase | None = setting(
        "The hash parameters of a Firebase project, for imported hashes: `base64_signer_key`, "
        "`base64_salt_separator`, `rounds` and `mem_cost`, as the Firebase console shows them.",
        None,
        file=True,
    )

    limits_enabled: bool = setting(
        "Limit requests and failed logins. Required in production.",
        derived.in_testing(then=False, otherwise=True),
        shown_default="true",
        section="Limits",
    )
    limit_per_user: Rate = setting("Requests of one user.", "600 per minute")
    limit_password_per_user: Rate = setting("Password changes of one user.", "10 per minute")
    limit_public_per_address: Rate = setting(
        "Public requests from one IP address.", "600 per minute"
    )
    limit_login_per_address: Rate = setting("Logins from one IP address.", "10 per minute")
    limit_register_per_address: Rate = setting(
        "Registrations from one IP address.", "20 per minute"
    )
    limit_invitations_per_user: Rate = setting(
        "Invitations that one user creates or resends.", "60 per hour"
    )
    limit_mail_per_address: Rate = setting(
        "Requests for a mail that confirms an e-mail address, from one IP address.", "20 per minute"
    )
    limit_password_reset_per_address: Rate = setting(
        "Requests for a mail after a forgotten password, and resets, from one IP address.",
        "10 per minute",
    )
    limit_own_exports_per_user: Rate = setting(
        "Requests of one user for the own data.", "60 per hour"
    )
    login_attempts: AtLeastOne = setting(
        "Wrong passwords for one account from one network in LOGIN_WINDOW_SECONDS.", 5
    )
    login_attempts_per_account: AtLeastOne = setting(
        "Wrong passwords for one account from all networks in LOGIN_WINDOW_SECONDS.", 20
    )
    login_window_seconds: Seconds = setting(
        "The period in which failed logins count, in seconds.", 300
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = setting(
        "The lowest level that is logged.", "INFO", section="Logs and metrics"
    )
    log_format: Literal["auto", "json", "console"] = setting(
        "The format of log lines. `auto` is `console` in a terminal and `json` elsewhere.", "auto"
    )
    log_file: Path | None = setting(
        "A file for the same log lines. The service only appends to it; rotate it with a tool such "
        "as logrotate (`copytruncate`).",
        None,
    )
    metrics_host: Address = setting("The IP address on which `/metrics` is served.", "127.0.0.1")
    metrics_port: Port = setting("The port on which `/metrics` is served. 0 turns it off.", 9100)
    worker_metrics_port: Port = setting(
        "The port on which `rollbook worker` serves its own metrics. 0 turns it off.", 0
    )
    metrics_public: bool = setting("Serve `/metrics` also on PORT.", default=False)

    @field_validator("*", mode="before")
    @classmethod
    def _clean(cls, value: object, info: ValidationInfo) -> object:
        return clean_lines(value) if info.field_name in WITH_LINES else clean(value)

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def testing(self) -> bool:
        return self.environment == "testing"

    @property
    def has_mailbox(self) -> bool:
        """Return whether `/dev/mailbox` shows mails, since no mail server takes them."""
        return not self.production and self.mail_url is None

    @property
    def base_path(self) -> str:
        """Return the path of PUBLIC_BASE_URL, such as `/auth`, or an empty text."""
        return derived.get_path(self.public_base_url)

    @property
    def hash_threads(self) -> int:
        """Return how many passwords one worker hashes at once."""
        return max(1, len(os.sched_getaffinity(0)) // self.workers)

    @property
    def max_hash_calls(self) -> int:
        """Return how many requests of one worker may hash a password or wait for that."""
        return self.hash_threads + self.hash_queue + COSTLY_HASH_THREADS + COSTLY_HASH_QUEUE

    @property
    def secret(self) -> str:
        """Return the secret from which keys are derived; `safety` requires one."""
        return self.encryption_key or self.jwt_secret_key or ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, EnvironmentSource(settings_cls), FileSource(settings_cls)
