"""The client's IP address behind proxies, and what a client can forge: B-23."""

import pytest

from tests.hostile.wire import Wire


@pytest.fixture(scope="module")
def azure(start_shared):
    """A service behind a proxy that adds ports."""
    return start_shared(trusted_proxies=1, limit_login_per_address="3 per day")


@pytest.mark.parametrize(
    ("name", "line"),
    [("v4", "198.51.100.7:{}"), ("v6", "[2001:db8::7]:{}"), ("other", "[2001:db8:1::7]")],
)
def test_B_23_ports_make_no_new_client_and_not_one_of_all(azure, name, line):
    wire = Wire(azure.port)
    lines = [f"X-Forwarded-For: {line.format(50000 + number)}" for number in range(5)]

    statuses = [wire.post("/api/login", {}, each).status for each in lines]
    assert statuses == [422] * 3 + [429] * 2, name


def test_B_23_what_cannot_be_read_is_logged_once(azure):
    wire = Wire(azure.port, source="127.0.23.1")
    for number in range(20):
        wire.post("/api/login", {}, f"X-Forwarded-For: unknown{number}")

    logged = azure.log().count('"forwarded.unreadable"')
    assert 1 <= logged <= azure.settings["workers"]
    assert "unknown1" not in azure.log()


def test_B_23_the_lines_of_a_repeated_header_are_one_list(azure):
    wire = Wire(azure.port)
    lines = [
        ("X-Forwarded-For: 203.0.113.1", f"X-Forwarded-For: 203.0.113.{number + 10}")
        for number in range(5)
    ]
    assert [wire.post("/api/login", {}, *each).status for each in lines] == [422] * 5


def test_B_23_forwarded_is_read_if_it_is_selected(start_shared):
    service = start_shared(
        trusted_proxies=1,
        trusted_proxy_header="Forwarded",
        limit_login_per_address="3 per day",
    )
    wire = Wire(service.port)

    def ask(*lines):
        return wire.post("/api/login", {}, *lines).status

    quoted = 'Forwarded: for="[2001:db8::9]:{}";proto=https'
    assert [ask(quoted.format(4000 + n)) for n in range(4)] == [422] * 3 + [429]
    forged = [ask(f"Forwarded: for=198.51.100.{n}", "Forwarded: for=203.0.113.9") for n in "1234"]
    assert forged == [422] * 3 + [429]
    ignored = [ask(f"X-Forwarded-For: 198.51.100.{n}") for n in range(4)]
    assert ignored == [422] * 3 + [429]
