"""The bodies that the contract shows work when they are sent in the order of its tags: C-05."""

from urllib.parse import urlencode

import orjson
import pytest

from api.core.permissions import Permission
from tests.api_keys.support import save_service_account
from tests.mails import read_mails
from tests.oauth_clients import make_service_client
from tests.service import ROOT
from tests.support import LocalService

DOCUMENT = orjson.loads((ROOT / "openapi" / "openapi.json").read_bytes())
BODIES = {
    operation["operationId"]: (method.upper(), path, operation["requestBody"]["content"])
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if "requestBody" in operation
}
STRICT = {"PASSWORD_BLOCKLIST": True, "PASSWORD_MIN_LENGTH": 12}  # as in production
FORM, NDJSON, CSV = "application/x-www-form-urlencoded", "application/x-ndjson", "text/csv"


@pytest.fixture
def service(build):
    return LocalService(build(**STRICT))


@pytest.fixture
def sent():
    """The operations whose example was sent."""
    return set()


@pytest.fixture
def send(service, sent):
    """Return a function that sends the example of an operation, and returns the response."""

    def send_example(operation, token=None, media_type=None, replaced=None, **path):
        method, template, content = BODIES[operation]
        sent.add(operation)
        kind = media_type or next(iter(content))
        example = content[kind]["example"]
        example = {**example, **replaced} if replaced else example  # a token of this service
        text = urlencode(example) if kind == FORM else example
        data = text if isinstance(text, str) else orjson.dumps(text)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = service.client.open(
            template.format(**path), method=method, data=data, content_type=kind, headers=headers
        )
        assert response.status_code < 300, f"{operation}: {response.text}"
        return response.json

    return send_example


@pytest.fixture
def read_token(service):
    """Return a function that reads the token in the newest mail of a template, as a member."""
    return lambda template: {"token": read_mails(service.app, template)[-1].token}


def test_C_05_each_example_of_a_body_works(service, send, sent, read_token):
    send("register")
    send("resend_verification")
    send("verify_email", replaced=read_token("verify_email"))
    ada = send("log_in")
    new_device = {"User-Agent": "Mozilla/5.0 (iPhone) Version/17.5 Mobile Safari/604.1"}
    credentials = BODIES["log_in"][2]["application/json"]["example"]
    service.client.post("/api/login", json=credentials, headers=new_device)
    send("end_session_by_mail", replaced=read_token("new_device"))
    send("update_me", ada["access_token"])
    send("reauthenticate", ada["access_token"])
    key = send("create_my_api_key", ada["access_token"])
    send("rotate_my_api_key", ada["access_token"], key_id=key["id"])
    root = service.person("Root", role="admin").token
    grace = send("create_user", root)
    send("replace_user", root, user_id=grace["id"])
    for media_type in ("application/json", NDJSON, CSV):
        rows = send("import_users", root, media_type)
        assert (rows["rejected"], rows["conflicts"]) == (0, 0)
    send("update_user", root, user_id=grace["id"])
    send("set_user_password", root, user_id=grace["id"])
    account_id = str(save_service_account(service.app, "Robot"))
    key = send("create_service_account_api_key", root, account_id=account_id)
    send("rotate_service_account_api_key", root, account_id=account_id, key_id=key["id"])
    role = send("create_role", root)
    send("update_role", root, name=role["name"])
    account = send("create_service_account", root)["id"]
    send("update_service_account", root, account_id=account)
    send("create_client_credential", root, account_id=account)
    assert send("introspect", root) == {"active": False}
    send("revoke", root)
    shop = make_service_client(service.app, service.client, Permission.USERS_READ)
    client = {"client_id": shop.id, "client_secret": shop.secret}
    assert send("issue_token", replaced=client)["scope"] == "users:read"
    assert send("introspect_token", root) == {"active": False}
    send("revoke_token", root)
    send("create_invitation", root)
    send("accept_invitation", replaced=read_token("invitation"))
    webhook = send("create_webhook", root)["id"]
    for operation in ("update_webhook", "rotate_webhook_secret", "replay_webhook"):
        send(operation, root, webhook_id=webhook)
    ada = send("change_my_password", ada["access_token"])
    send("request_email_change", ada["access_token"])
    send("confirm_email_change", replaced=read_token("email_change_requested"))
    send("cancel_email_change", replaced=read_token("email_changed"))
    send("request_password_reset")
    send("reset_password", replaced=read_token("reset_password"))
    new = {
        **credentials,
        "password": BODIES["reset_password"][2]["application/json"]["example"]["new_password"],
    }
    ada = service.client.post("/api/login", json=new).json
    bearer = {"Authorization": f"Bearer {ada['access_token']}"}
    assert service.client.delete("/api/me", headers=bearer).status_code == 204
    send("restore_account", replaced=read_token("deletion_scheduled"))

    assert BODIES.keys() - sent == {"refresh"}  # a refresh token cannot be an example that works
