"""`rollbook service-accounts`."""

import json
import shlex
import subprocess

import pytest

from api.core import program_secrets
from tests.commands.conftest import last_line
from tests.docs.shell import find_commands

UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
NAME = "Nightly sync"


@pytest.fixture
def accounts(rollbook):
    """Run a sub-command of `rollbook service-accounts`."""
    return lambda *arguments: rollbook("service-accounts", *arguments)


@pytest.fixture
def account_id(accounts):
    """The id of a new service account."""
    created = accounts("create", NAME, "--description", "Copies users.")
    return find_id(created)


def find_id(done):
    return next(line for line in done.output.splitlines() if line[8:9] == "-")


def find_secret(done):
    return next(line for line in done.output.splitlines() if line.startswith("rb_client_"))


def list_credentials(accounts):
    return json.loads(accounts("credentials", "list", NAME, "--json").output)


def test_an_account_is_created_shown_suspended_and_deleted(accounts, account_id, recorded):
    shown = json.loads(accounts("show", account_id, "--json").output)
    assert (shown["name"], shown["status"], shown["created_by"]) == (NAME, "active", None)

    suspended = accounts("suspend", NAME, "--reason", "Leaked.")
    assert last_line(suspended) == "Suspended the service account Nightly sync."
    header, line = accounts("list", "--status", "suspended").output.splitlines()
    assert header.split() == ["ID", "STATUS", "NAME", "ROLES", "CREATED", "AT"]
    assert line.split()[:4] == [account_id, "suspended", "Nightly", "sync"]
    assert json.loads(accounts("show", NAME, "--json").output)["status_reason"] == "Leaked."

    accounts("reactivate", "nightly SYNC")
    assert accounts("list", "--status", "suspended").output.splitlines()[1:] == []
    assert last_line(accounts("delete", NAME)) == "Deleted the service account Nightly sync."
    assert accounts("show", NAME).exit_code == 1
    assert recorded() == [
        "service_account.created",
        "service_account.suspended",
        "service_account.reactivated",
        "service_account.deleted",
    ]


def test_a_role_is_granted_and_withdrawn(accounts, account_id):
    assert last_line(accounts("grant", NAME, "admin")) == "Granted the role admin to Nightly sync."
    assert account_id in accounts("list", "--role", "admin").output
    withdrawn = accounts("withdraw", account_id, "admin")
    assert last_line(withdrawn) == "Withdrew the role admin from Nightly sync."
    again = accounts("withdraw", account_id, "admin")
    assert last_line(again) == "Nightly sync does not have the role admin."
    assert account_id not in accounts("list", "--role", "admin").output


def test_an_account_is_created_with_roles(accounts):
    accounts("create", NAME, "--role", "admin")
    assert json.loads(accounts("show", NAME, "--json").output)["roles"] == ["admin"]


def test_K_01_a_secret_is_printed_once(accounts, account_id):
    secret = find_secret(accounts("credentials", "create", NAME, "Secret of 2026"))

    assert program_secrets.is_well_formed(secret, "rb_client_")
    listed = accounts("credentials", "list", NAME).output
    assert secret not in listed
    assert secret[-4:] in listed
    (credential,) = list_credentials(accounts)
    deleted = accounts("credentials", "delete", NAME, credential["id"])
    assert last_line(deleted) == f"Deleted the credential {credential['id']} of Nightly sync."
    assert list_credentials(accounts) == []


def test_a_public_key_is_read_from_a_file(accounts, account_id, tmp_path):
    file = tmp_path / "key.json"
    file.write_text(json.dumps(JWK))
    expiry = ("--expires-at", "2126-01-31T00:00:00Z")

    added = accounts("credentials", "create", account_id, "Key", "--public-key", str(file), *expiry)

    (credential,) = list_credentials(accounts)
    assert find_id(added) == credential["id"]
    assert f"Created the public key {credential['id']} of Nightly sync." in added.output
    assert (credential["public_key"], credential["last4"]) == (JWK, None)
    assert credential["expires_at"] == "2126-01-31T00:00:00Z"


@pytest.mark.parametrize(
    ("algorithm", "kty"),
    [
        (("EC", "-pkeyopt", "ec_paramgen_curve:P-256"), "EC"),
        (("ED25519",), "OKP"),
        (("RSA", "-pkeyopt", "rsa_keygen_bits:2048"), "RSA"),
    ],
)
def test_a_public_key_is_read_from_pem(accounts, account_id, tmp_path, algorithm, kty):
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    openssl("genpkey", "-algorithm", *algorithm, "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-out", public)

    rejected = accounts("credentials", "create", NAME, "Key", "--public-key", str(private))
    accounts("credentials", "create", NAME, "Key", "--public-key", str(public))

    assert "the file has no public key" in rejected.output
    (credential,) = list_credentials(accounts)
    assert credential["public_key"]["kty"] == kty


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.mark.parametrize("content", ["", "[]", "{}", "nothing", '{"kty": "EC", "d": "AQAB"}'])
def test_a_file_without_a_public_key_is_rejected(accounts, account_id, tmp_path, content):
    file = tmp_path / "key"
    file.write_text(content)
    done = accounts("credentials", "create", NAME, "Key", "--public-key", str(file))
    assert done.exit_code != 0
    assert "AQAB" not in done.output
    assert list_credentials(accounts) == []


def test_all_pages_are_listed(accounts, monkeypatch):
    monkeypatch.setattr("api.commands.service_accounts.PAGE_ROWS", 2)
    for number in range(5):
        accounts("create", f"Account {number}")
    assert len(accounts("list").output.splitlines()) == 6


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("show", UNKNOWN), "There is no such service account."),
        (("delete", "Other"), "There is no such service account."),
        (("grant", NAME, "user"), "The role is built in"),
        (("grant", NAME, "none"), "There is no such role."),
        (("create", NAME), "Another service account has this name"),
        (("create", "Other", "--role", "none"), "roles/0 is not a role"),
        (("credentials", "delete", NAME, UNKNOWN), "no such client credential"),
        (("credentials", "create", NAME, "Old", "--expires-at", "2000-01-01T00:00:00Z"), "future"),
        (("credentials", "create", NAME, "Old", "--expires-at", "soon"), "date-time"),
    ],
)
def test_errors_are_one_line(accounts, account_id, arguments, expected):
    done = accounts(*arguments)
    assert done.exit_code == 1
    assert expected in done.stderr.splitlines()[-1]


def test_the_commands_of_the_page_make_an_account_that_may_introspect(rollbook):
    commands, _ = find_commands("verifying-tokens.md")

    *_, added = [rollbook(*shlex.split(line)[1:]) for line in commands.splitlines()]

    assert program_secrets.is_well_formed(find_secret(added), "rb_client_")
    shown = json.loads(rollbook("service-accounts", "show", "Gateway", "--json").output)
    assert shown["roles"] == ["introspection"]
    role = json.loads(rollbook("roles", "show", "introspection", "--json").output)
    assert role["permissions"] == ["tokens:introspect"]
