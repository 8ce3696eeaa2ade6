"""Both clients, against the service as it is deployed."""

from secrets import token_hex

import httpx
import pytest

from tests.clients.unreliable_proxy import unreliable_proxy
from tests.support import PASSWORD

STEPS = [
    "registered ada-",
    "choose another name than ada-",
    "changed the display name to Ada Lovelace",
    "the account has changed since it was read",
    "refreshed the tokens of ada-",
    "imported 3 users",
    "exported 3 users",
    "listed ",
    "logged out",
]


def test_the_journey_of_the_documentation_reaches_its_end(run, service):
    administrator = service.administrator

    done = run("journey", service.url, administrator.username, PASSWORD)

    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    assert len(printed) == len(STEPS)
    assert all(line.startswith(step) for line, step in zip(printed, STEPS, strict=True)), printed


def test_a_program_uses_an_api_key_until_it_is_revoked(run, service):
    done = run("program", service.url, service.administrator.username, PASSWORD)

    assert done.stdout.lower().splitlines() == [
        "the program lists users: true",
        "the program lacks roles:read",
        "the key is not valid: unauthenticated",
    ], done.stderr


def test_an_expired_access_token_is_refreshed(run, service):
    done = run("expire", service.url, service.administrator.username, PASSWORD)

    assert done.stdout.splitlines() == [service.administrator.username, "refreshed"], done.stderr


def test_C_04_a_page_of_an_export_is_imported_as_it_is(run, service):
    service.person(f"Grace-{token_hex(4)}")

    done = run("import_page", service.url, service.administrator.username, PASSWORD)

    assert done.stdout.split() == ["created", "0", "rejected", "0"], done.stderr


def test_stored_tokens_continue_a_login_and_a_login_that_has_ended_is_a_problem(run, service):
    person = service.person(f"Ida-{token_hex(4)}")

    done = run("resume", service.url, person.username, PASSWORD)

    assert done.stdout.split() == [person.username, "2", "invalid_refresh_token"], done.stderr


def test_a_401_of_a_proxy_is_not_taken_for_a_problem(run, service):
    administrator = service.administrator

    with unreliable_proxy(service.url, "html") as proxy:
        done = run("read_html", service.url, administrator.username, PASSWORD, proxy.url)

    assert done.stdout.split() == ["401"], done.stderr


def test_an_import_that_updates_a_user_changes_only_the_members_that_it_names(run_python, service):
    grace = service.person(f"Grace-{token_hex(4)}")
    administrator = service.administrator
    url = f"{service.url}/api/users/{grace.id}"
    httpx.patch(url, json={"status": "suspended"}, headers=administrator.headers)
    body = {"password": "a temporary password", "must_change_password": True}
    httpx.put(f"{url}/password", json=body, headers=administrator.headers).raise_for_status()
    email = httpx.get(url, headers=administrator.headers).json()["email"]

    done = run_python("update_import", service.url, administrator.username, PASSWORD, email)

    assert done.stdout.split() == ["updated", "1"], done.stderr
    user = httpx.get(url, headers=administrator.headers).json()
    assert user["display_name"] == "Grace Hopper"
    assert (user["status"], user["must_change_password"]) == ("suspended", True)


def test_a_client_waits_as_long_as_retry_after_says(run, serve):
    service = serve(limit_public_per_address="2 per second")

    done = run("read_keys", service.url)

    assert done.stdout.split() == ["read"] * 6, done.stderr
    assert '"status":429' in service.log()


def test_a_request_whose_response_is_lost_is_sent_again_with_its_key(run, service):
    name = f"kay-{token_hex(4)}"

    with unreliable_proxy(service.url) as proxy:
        done = run("register_once", proxy.url, name, name)

    assert done.stdout.split() == [name], done.stderr
    assert proxy.requests == 2


def test_a_request_without_a_key_is_not_sent_again(run, service):
    name = f"kim-{token_hex(4)}"

    with unreliable_proxy(service.url) as proxy:
        done = run("register_once", proxy.url, name)

    assert done.returncode != 0
    assert proxy.requests == 1


@pytest.mark.parametrize(("code", "requests"), [("overloaded", 2), ("database_unavailable", 1)])
def test_a_request_without_a_key_is_sent_again_if_it_was_not_executed(run, service, code, requests):
    name = f"kit-{token_hex(4)}"

    with unreliable_proxy(service.url, code) as proxy:
        done = run("register_once", proxy.url, name)

    assert (done.returncode == 0) == (requests == 2), done.stderr
    assert proxy.requests == requests
