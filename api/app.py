"""The one place that knows every part, and puts them together."""

from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from typing import Any

from api import config, docs, models, specification
from api.account_pages import routes as account_pages
from api.api_keys import account_resources as account_api_keys
from api.api_keys import resources as api_keys
from api.api_keys import user_resources as user_api_keys
from api.api_keys.authenticator import INVALID_KEYS, ApiKeyAuthenticator
from api.audit import resources as audit
from api.audit.denials import record_denial
from api.config import ConfigError, Settings
from api.contract.document import Deployment, list_http_errors, render_contract
from api.core import engines, events
from api.core.crypto import derive_key
from api.core.cursors import Cursors
from api.core.database import db
from api.core.encryption import Cipher
from api.core.runtime import EXTENSION, Runtime
from api.credentials import resources as credentials
from api.discovery import resources as discovery
from api.email_change import resources as email_change
from api.email_verification import resources as email_verification
from api.health import resources as health
from api.idempotency.service import IdempotencyStore
from api.introspection import resources as introspection
from api.invitations import resources as invitations
from api.jobs import registry as jobs
from api.keys import resources as keys
from api.keys import ring
from api.keys.ring import KeyRing, SharedSecret
from api.login import resources as login
from api.login.device_tokens import DeviceTokens
from api.login_notices import resources as login_notices
from api.mail import channel as mail_channel
from api.mail import limits as mail_limits
from api.mail import service as mail
from api.mail.overrides import require_valid_templates
from api.mailbox import pages as mailbox
from api.oauth import client_authenticator
from api.oauth import resources as oauth
from api.oauth.authenticator import ClientTokenAuthenticator
from api.oauth.client_authenticator import ClientAuthenticator
from api.outbox import channels
from api.outbox import resources as outbox
from api.outbox.channels import Channel
from api.password_reset import resources as password_reset
from api.passwords import breaches, hashing
from api.personal_data import resources as personal_data
from api.registration import resources as registration
from api.roles import resources as roles
from api.schedule import JOBS
from api.service_accounts import credential_resources as service_accounts
from api.sessions import resources as sessions
from api.sessions import user_resources as user_sessions
from api.sessions.authenticator import SessionTokenAuthenticator
from api.sessions.refresh_tokens import RefreshTokens
from api.subscriptions import make_subscriptions
from api.tokens import access_tokens
from api.tokens.claims import TokenRules
from api.transfer import resources as transfer
from api.users import own_resources as users
from api.web import (
    authentication,
    body_limits,
    deprecation,
    limits,
    logging,
    metrics,
    pages,
    probe_paths,
    problems,
    request_hooks,
    restx,
)
from api.web.client_address import ClientAddressReader
from api.web.cors import CrossOrigin
from api.web.flask import Flask
from api.web.request_guard import RequestGuard, Rules
from api.webhooks import contract as webhook_contract
from api.webhooks import delivery as webhook_delivery
from api.webhooks import delivery_resources as webhooks
from api.webhooks.addresses import parse_networks
from api.webhooks.transport import Network

CAPABILITIES = (  # in the order in which a client meets them; the contract has it too
    registration,
    email_verification,
    login,
    password_reset,
    email_change,
    sessions,
    users,
    credentials,
    personal_data,
    invitations,
    login_notices,
    api_keys,
    user_sessions,
    user_api_keys,
    roles,
    service_accounts,
    account_api_keys,
    transfer,
    oauth,
    introspection,
    keys,
    discovery,
    audit,
    outbox,
    webhooks,
    health,
)
TABLES = models.__all__  # importing them lets ``db.create_all()`` create them


def create_app(test_config: Mapping[str, Any] | None = None) -> Flask:
    """Put the service together.

    ``test_config`` overrides the environment. ``TESTING`` selects the environment ``testing``
    (docs/configuration.md).

    Raises:
        ConfigError: a setting is wrong; it says which, and never the value.
    """
    settings = config.load(test_config)
    app = Flask(__name__)
    config.init_app(app, settings)
    configure_logging(settings)
    request_hooks.init_app(app)
    problems.init_app(app, settings.public_base_url, record_denial)
    events.init_app(app, make_subscriptions())
    channels.init_app(app, _make_channels(settings))
    jobs.init_app(app, JOBS)
    private_networks = parse_networks(settings.webhook_private_networks)
    webhook_delivery.init_app(app, Network(private_networks=private_networks))
    app.extensions[EXTENSION] = _create_runtime(settings)
    _open_database(app, settings)
    hashing.init_app(app, settings)
    breaches.init_app(app, settings)
    _set_up_tokens(app, settings)
    _set_up_limits(app, settings)
    _serve_operations(app, settings)
    metrics.init_app(app, public=settings.metrics_public)
    logging.sink.count_dropped = metrics.count_dropped_line
    _guard_requests(app, settings)
    return app


def configure_logging(settings: Settings) -> None:
    """Configure the log of this process.

    Raises:
        ConfigError: LOG_FILE cannot be written.
    """
    try:
        logging.configure(settings.log_level, settings.log_format, settings.log_file)
    except OSError as error:
        raise ConfigError(f"LOG_FILE: cannot be written: {error.strerror}") from None


def _make_channels(settings: Settings) -> dict[str, Channel]:
    """Return what delivers the messages of the outbox, by their kind."""
    require_valid_templates(settings)
    return {mail.KIND: mail_channel.deliver} if settings.mail_url else {}


def _create_runtime(settings: Settings) -> Runtime:
    return Runtime(
        settings=settings,
        cursors=Cursors(settings.secret),
        device_tokens=DeviceTokens(settings.secret),
        refresh_tokens=RefreshTokens(settings.secret),
        idempotency_store=IdempotencyStore(
            settings.secret, retention_hours=settings.idempotency_kept_hours
        ),
        outbox_cipher=Cipher(derive_key(settings.secret, "outbox")),
        webhook_cipher=Cipher(derive_key(settings.secret, "webhook secrets")),
    )


def _open_database(app: Flask, settings: Settings) -> None:
    shared = engines.make_options(
        settings.database_url,
        pool_size=settings.database_pool_size,
        timeout_ms=settings.database_timeout_ms,
        transaction_pooling=settings.database_transaction_pooling,
    )
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {**shared, **engines.WRITE_OPTIONS} if shared else {}
    db.init_app(app)
    with app.app_context():
        engines.configure(db.engine, shared)


def _set_up_tokens(app: Flask, settings: Settings) -> None:
    secret = settings.encryption_key
    keys = KeyRing(secret) if secret else SharedSecret(settings.secret)
    ring.init_app(app, keys)
    rules = TokenRules(
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        lifetime=settings.access_token_seconds,
        base_url=settings.public_base_url,
        other_audiences=settings.oauth_resources,
    )
    access_tokens.init_app(app, rules, keys)
    authentication.init_app(
        app,
        [
            SessionTokenAuthenticator(),
            ClientTokenAuthenticator(settings.base_path),
            ApiKeyAuthenticator(),
        ],
        clients=[ClientAuthenticator()],
    )


def _set_up_limits(app: Flask, settings: Settings) -> None:
    policies = {
        limits.PER_PRINCIPAL: settings.limit_per_user,
        limits.PER_API_KEY: settings.limit_per_api_key,
        limits.PER_CLIENT: settings.limit_public_per_address,
        INVALID_KEYS: settings.limit_invalid_api_keys_per_address,
        health.PROBE_LIMIT: settings.limit_public_per_address,
        login.LOGIN_LIMIT: settings.limit_login_per_address,
        login.PASSWORD_LIMIT: settings.limit_password_per_user,
        invitations.INVITATIONS: settings.limit_invitations_per_user,
        password_reset.PASSWORD_RESETS: settings.limit_password_reset_per_address,
        personal_data.EXPORTS: settings.limit_own_exports_per_user,
        registration.REGISTRATIONS: settings.limit_register_per_address,
        mail_limits.REQUESTS: settings.limit_mail_per_address,
        client_authenticator.TOKENS: settings.limit_tokens_per_address,
    }
    limits.init_app(
        app,
        policies,
        local={health.PROBE_LIMIT},  # a probe must not wait for Redis, and costs half as much
        storage=settings.redis_url,
        processes=settings.workers,
        enabled=settings.limits_enabled,
    )


def _serve_operations(app: Flask, settings: Settings) -> None:
    body_limits.init_app(app, {transfer.IMPORT_BODY: settings.import_max_bytes})
    pages.init_app(app)
    account_pages.register(app)
    mailbox.register(app, settings)
    if settings.docs_enabled:
        docs.register(app)  # before Flask-RESTX, which answers at `/` as well
        specification.register(app)
    rest = restx.Api()
    for capability in CAPABILITIES:
        rest.add_namespace(capability.ns)
    rest.init_app(app)
    discovery.serve_further_paths(
        app, issuer=settings.jwt_issuer, resource=settings.public_base_url
    )
    deployment = Deployment(
        version=version("rollbook"),
        password_min_length=settings.password_min_length,
        usernames_required=settings.usernames == "required",
        base_path=settings.base_path,
    )
    docs.publish(
        app,
        render_contract=lambda: render_contract(
            app, rest, deployment, webhook_contract.describe_webhooks()
        ),
        catalogue=list_http_errors(),
        base_url=settings.public_base_url,
    )


def _guard_requests(app: Flask, settings: Settings) -> None:
    rules = Rules(
        allowed_hosts=frozenset(map(str.lower, settings.allowed_hosts)),
        cross_origin=CrossOrigin(settings.cors_origins),
        client_address=ClientAddressReader(settings.trusted_proxies, settings.trusted_proxy_header),
        https=settings.public_base_url.startswith("https:"),
        max_body_bytes=settings.max_body_bytes,
        max_bytes_by_path=body_limits.find_max_bytes_by_path(app),
        has_home_page=settings.docs_enabled,
        base_path=settings.base_path,
        first_segments=probe_paths.FIRST_SEGMENTS
        | {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()},
    )
    guard = RequestGuard(
        app.wsgi_app,
        rules,
        problem=partial(problems.render_for_wsgi, base_url=settings.public_base_url),
        find_headers=partial(deprecation.find_headers, app),
        on_finished=[logging.log_request, metrics.count_request],
    )
    app.wsgi_app = metrics.RequestsInFlight(guard)  # type: ignore[method-assign]
