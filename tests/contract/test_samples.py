"""Every sample of the reference is sent to a service, in each language, as it is shown."""

import contextlib
import json
import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from api.core.database import db, in_transaction
from api.core.permissions import Permission
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.models import TokenPurpose
from api.outbox import service as outbox
from api.outbox.models import OutboxMessage, State
from api.service_accounts.credential_schemas import EXAMPLE_SECRET
from api.web.fields import (
    EXAMPLE_API_KEY_ID,
    EXAMPLE_CLIENT_CREDENTIAL_ID,
    EXAMPLE_DELIVERY_ID,
    EXAMPLE_EVENT_ID,
    EXAMPLE_ID,
    EXAMPLE_INVITATION_ID,
    EXAMPLE_MESSAGE_ID,
    EXAMPLE_SERVICE_ACCOUNT_ID,
    EXAMPLE_SESSION_ID,
    EXAMPLE_WEBHOOK_ID,
)
from tests.api_keys.support import save_key, save_service_account
from tests.contract.samples import Samples, Walk, node, run_curl, run_python
from tests.mails import read_mails
from tests.node import environment, require_tool
from tests.oauth_clients import make_service_client

SECTION = re.compile(r'<section class="operation" id="(\w+)">(.*?)</section>', re.DOTALL)
SAMPLE = re.compile(
    r'<pre class="sample" data-language="(\w+)"><code>(.*?)</code></pre>', re.DOTALL
)
PAGE = re.compile(r'href="(/docs/reference/[a-z-]+)"')
MODULE = "declare const process: { env: Record<string, string> };\nexport {};\n"
EXAMPLES = {
    "user": EXAMPLE_ID,
    "session": EXAMPLE_SESSION_ID,
    "event": EXAMPLE_EVENT_ID,
    "account": EXAMPLE_SERVICE_ACCOUNT_ID,
    "client_secret": EXAMPLE_SECRET,
    "api_key": EXAMPLE_API_KEY_ID,
    "credential": EXAMPLE_CLIENT_CREDENTIAL_ID,
    "invitation": EXAMPLE_INVITATION_ID,
    "message": EXAMPLE_MESSAGE_ID,
    "webhook": EXAMPLE_WEBHOOK_ID,
    "delivery": EXAMPLE_DELIVERY_ID,
}


@pytest.fixture(scope="module")
def samples(service) -> Samples:
    """The samples on the pages."""
    pages = set(PAGE.findall(httpx.get(f"{service.url}/docs/reference").text))
    shown = [httpx.get(f"{service.url}{page}").text for page in pages]
    return {
        operation_id: {name: unescape(text) for name, text in SAMPLE.findall(section)}
        for page in shown
        for operation_id, section in SECTION.findall(page)
    }


@pytest.fixture(scope="module")
def contract(service) -> dict[str, Any]:
    return httpx.get(f"{service.url}/openapi.json").json()


@pytest.fixture(params=["curl", "python", "typescript"])
def walk(request, samples, contract, service, tmp_path) -> Iterator[Walk]:
    with contextlib.ExitStack() as opened:
        execute = {"curl": run_curl, "python": run_python}.get(request.param)
        execute = execute or opened.enter_context(node(tmp_path))
        yield Walk(
            request.param,
            execute,
            samples,
            contract,
            service,
            tmp_path,
            EXAMPLES | find_examples(contract),
        )


def test_every_sample_succeeds(walk):
    administrator = walk.service.person(f"Root-{walk.language}", role="admin")
    use_the_own_account(walk)
    look_up_what_is_public(walk)
    administer(walk, administrator.token)
    assert walk.done == walk.samples.keys()
    assert walk.done == operation_ids(walk.contract)


def find_examples(contract) -> dict[str, str]:
    """Return the tokens that the contract gives as examples."""
    schemas = contract["components"]["schemas"]
    tokens = schemas["Tokens"]["examples"][0]
    return {
        "refresh_token": schemas["RefreshRequest"]["examples"][0]["refresh_token"],
        "access_token": tokens["access_token"],
        "link_token": schemas["InvitationAcceptance"]["examples"][0]["token"],
        "one_time_token": schemas["PasswordReset"]["examples"][0]["token"],
    }


def operation_ids(contract) -> set[str]:
    return {
        operation["operationId"]
        for item in contract["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "operationId" in operation
    }


def use_the_own_account(walk: Walk) -> None:
    walk.run("register")
    walk.run("resend_verification")
    walk.run("verify_email", one_time_token=read_token(walk, "verify_email", "ada"))
    tokens = walk.run("log_in")
    session = walk.run("log_in")["refresh_token"].partition(".")[0]
    end_session_on_new_device(walk)
    token = tokens["access_token"]
    for operation_id in ("get_protected", "get_me", "update_me", "reauthenticate"):
        walk.run(operation_id, token)
    assert EXAMPLE_SESSION_ID not in json.dumps(walk.run("list_my_sessions", token))
    use_own_api_keys(walk, token)
    walk.run("end_my_session", token, session=session)
    walk.run("end_my_other_sessions", token)
    token = walk.run("refresh", refresh_token=tokens["refresh_token"])["access_token"]
    token = walk.run("change_my_password", token)["access_token"]
    walk.run("request_email_change", token)
    walk.run("log_out", token)
    use_mailed_tokens(walk)


def use_own_api_keys(walk: Walk, token: str) -> None:
    key = walk.run("create_my_api_key", token)["id"]
    walk.run("list_my_api_keys", token)
    walk.run("get_my_api_key", token, api_key=key)
    new = walk.run("rotate_my_api_key", token, api_key=key)["id"]
    walk.run("revoke_my_api_key", token, api_key=new)


def end_session_on_new_device(walk: Walk) -> None:
    schemas = walk.contract["components"]["schemas"]
    password = schemas["Credentials"]["examples"][0]["password"]
    body = {"username": f"ada-{walk.language}", "password": password}
    new_device = {"User-Agent": "Mozilla/5.0 (iPhone) Version/17.5 Mobile Safari/604.1"}
    client = walk.service.local_service.app.test_client()
    assert client.post("/api/login", json=body, headers=new_device).status_code == 200
    walk.run("end_session_by_mail", one_time_token=read_token(walk, "new_device", "ada"))


def use_mailed_tokens(walk: Walk) -> None:
    mailed = read_token(walk, "email_change_requested", "countess")
    walk.run("confirm_email_change", one_time_token=mailed)
    walk.run("cancel_email_change", one_time_token=read_token(walk, "email_changed", "ada"))
    walk.run("request_password_reset")
    walk.run("reset_password", one_time_token=read_token(walk, "reset_password", "ada"))


def read_token(walk: Walk, template: str, name: str) -> str:
    """Return the token in the newest mail of a kind to a person."""
    mails = read_mails(walk.service.local_service.app, template)
    return [mail.token for mail in mails if mail.to == f"{name}-{walk.language}@example.org"][-1]


def look_up_what_is_public(walk: Walk) -> None:
    for operation_id in ("get_keys", "get_oauth_metadata", "get_openid_metadata"):
        walk.run(operation_id)
    walk.run("get_resource_metadata")
    walk.run("check_liveness")
    walk.run("check_readiness")


def administer(walk: Walk, token: str) -> None:
    walk.run("list_users", token)
    grace = walk.run("create_user", token)["id"]
    for operation_id in ("get_user", "update_user", "replace_user"):
        walk.run(operation_id, token, user=grace)
    for operation_id in ("list_permissions", "create_role", "list_roles", "get_role"):
        walk.run(operation_id, token)
    walk.run("grant_role", token, user=grace)
    walk.run("update_role", token)
    walk.run("withdraw_role", token, user=grace)
    administer_service_accounts(walk, token)
    walk.run("delete_role", token)
    for operation_id in ("get_login_attempts", "clear_login_attempts", "set_user_password"):
        walk.run(operation_id, token, user=grace)
    invite(walk, token)
    walk.run("send_password_reset_mail", token, user=grace)
    administer_api_keys(walk, token, grace)
    administer_sessions(walk, token)
    walk.run("delete_user", token, user=grace)
    walk.run("restore_user", token, user=grace)
    walk.run("import_users", token)
    walk.run("export_users", token)
    event = walk.run("list_audit_events", token)["items"][0]["id"]
    walk.run("get_audit_event", token, event=event)
    walk.run("list_messages", token)
    walk.run("retry_message", token, message=give_up_message(walk))
    administer_webhooks(walk, token)


def administer_service_accounts(walk: Walk, token: str) -> None:
    """Use the samples of service accounts. The last one deletes it, so that its name is free."""
    account = walk.run("create_service_account", token)["id"]
    walk.run("list_service_accounts", token)
    for operation_id in ("get_service_account", "update_service_account"):
        walk.run(operation_id, token, account=account)
    walk.run("grant_service_account_role", token, account=account)
    walk.run("withdraw_service_account_role", token, account=account)
    credential = walk.run("create_client_credential", token, account=account)["id"]
    walk.run("list_client_credentials", token, account=account)
    walk.run("get_client_credential", token, account=account, credential=credential)
    walk.run("delete_client_credential", token, account=account, credential=credential)
    walk.run("delete_service_account", token, account=account)


def administer_webhooks(walk: Walk, token: str) -> None:
    webhook = walk.run("create_webhook", token)["id"]
    walk.run("list_webhooks", token)
    for operation_id in ("get_webhook", "update_webhook", "rotate_webhook_secret"):
        walk.run(operation_id, token, webhook=webhook)
    delivery = walk.run("test_webhook", token, webhook=webhook)["id"]
    walk.run("list_deliveries", token, webhook=webhook)
    for operation_id in ("get_delivery", "redeliver"):
        walk.run(operation_id, token, webhook=webhook, delivery=delivery)
    walk.run("replay_webhook", token, webhook=webhook)
    walk.run("delete_webhook", token, webhook=webhook)


def administer_api_keys(walk: Walk, token: str, user: str) -> None:
    app = walk.service.local_service.app
    key, _ = save_key(app, user_id=UUID(user))
    walk.run("list_user_api_keys", token, user=user)
    walk.run("revoke_user_api_key", token, user=user, api_key=str(key))
    account = str(save_service_account(app, f"Robot of {walk.language}"))
    key = walk.run("create_service_account_api_key", token, account=account)["id"]
    walk.run("list_service_account_api_keys", token, account=account)
    new = walk.run("rotate_service_account_api_key", token, account=account, api_key=key)["id"]
    walk.run("revoke_service_account_api_key", token, account=account, api_key=new)


def give_up_message(walk: Walk) -> str:
    """Store a message that was given up, and return its id."""
    with walk.service.local_service.app.app_context():
        message_id = in_transaction(lambda: outbox.add_message("mail", "welcome", {}))
        given_up = update(OutboxMessage).where(OutboxMessage.id == message_id)
        in_transaction(lambda: db.session.execute(given_up.values(state=State.DEAD)))
    return str(message_id)


def invite(walk: Walk, token: str) -> None:
    """Use the samples of invitations; the token in the sample becomes that of the mail."""
    invitation = walk.run("create_invitation", token)["id"]
    app = walk.service.local_service.app
    with app.app_context():
        link = in_transaction(
            lambda: one_time_tokens.create(
                TokenPurpose.ACCEPT_INVITATION,
                lifetime=timedelta(hours=1),
                target_id=UUID(invitation),
            )
        )
    walk.run("accept_invitation", link_token=link)
    walk.run("list_invitations", token)
    walk.run("get_invitation", token, invitation=invitation)
    invitation = walk.service.local_service.invite(f"mae-{walk.language}@example.org")
    walk.run("resend_invitation", token, invitation=invitation)
    walk.run("revoke_invitation", token, invitation=invitation)


def use_oauth(walk: Walk, token: str, access_token: str) -> None:
    """Use the samples of OAuth 2.0; the secret in the sample becomes that of a service account."""
    local = walk.service.local_service
    shop = make_service_client(local.app, local.client, Permission.USERS_READ)
    issued = walk.run("issue_token", account=shop.id, client_secret=shop.secret)
    walk.run("introspect_token", token, access_token=access_token)
    walk.run("revoke_token", token, access_token=issued["access_token"])


def administer_sessions(walk: Walk, token: str) -> None:
    other = walk.service.person(f"Mary-{walk.language}")
    walk.run("introspect", token, access_token=other.token)
    use_oauth(walk, token, other.token)
    walk.run("list_user_sessions", token, user=other.id)
    walk.run("end_user_session", token, user=other.id, session=other.session_id)
    walk.run("end_user_sessions", token, user=other.id)
    other = walk.service.person(f"Jane-{walk.language}")
    walk.run("revoke", token, access_token=other.token)
    leaving = walk.service.person(f"Lena-{walk.language}")
    walk.run("export_me", leaving.token)
    walk.run("delete_me", leaving.token)
    with walk.service.local_service.app.app_context():
        link = in_transaction(
            lambda: one_time_tokens.create(
                TokenPurpose.CANCEL_DELETION,
                lifetime=timedelta(hours=1),
                user_id=UUID(leaving.id),
            )
        )
    walk.run("restore_account", link_token=link)


def test_a_body_is_accepted_in_each_media_type_that_is_shown(contract, service):
    bodies = [
        (path, media_type, content["example"])
        for path, item in contract["paths"].items()
        for operation in item.values()
        if isinstance(operation, dict) and "requestBody" in operation
        for media_type, content in operation["requestBody"]["content"].items()
        if len(operation["requestBody"]["content"]) > 1
    ]
    assert {"application/x-ndjson", "text/csv"} <= {media_type for _, media_type, _ in bodies}
    for path, media_type, example in bodies:
        headers = {**service.administrator.headers, "Content-Type": media_type}
        text = example if isinstance(example, str) else json.dumps(example)
        answer = httpx.post(f"{service.url}{path}", content=text, headers=headers)
        assert answer.is_success, (path, media_type, answer.text)


def test_the_typescript_samples_have_the_types_that_they_use(samples, tmp_path):
    compiler = require_tool("tsc")
    for operation_id, shown in samples.items():
        (tmp_path / f"{operation_id}.ts").write_text(MODULE + shown["typescript"])
    options = ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext"]
    options += ["--lib", "es2022,dom"]
    done = subprocess.run(
        [compiler, *options, *tmp_path.glob("*.ts")],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
