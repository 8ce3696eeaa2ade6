"""Commands that read, in processes that start as an operator starts them: with no module imported.

What they read is created in processes that are forked, which is fast.
"""

from secrets import token_urlsafe

import pytest


@pytest.fixture
def settings(sqlite_url):
    return {
        "DATABASE_URL": sqlite_url,
        "ENVIRONMENT": "development",
        "ENCRYPTION_KEY": token_urlsafe(36),
    }


@pytest.fixture
def create(installation, settings):
    return lambda *arguments: installation.run(*arguments, **settings).stdout.split()


@pytest.fixture
def read(installation, settings):
    def run(*arguments):
        done = installation.run_program(*arguments, **settings)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


def test_api_keys_are_listed(create, read):
    create("users", "create", "ada", "ada@example.org", "--no-password")
    create("service-accounts", "create", "nightly")
    for owner in (["ada"], ["nightly", "--service-account"]):
        create("api-keys", "create", *owner, "Report")

        assert "Report" in read("api-keys", "list", *owner)


def test_client_credentials_are_listed(create, read):
    create("service-accounts", "create", "nightly")
    create("service-accounts", "credentials", "create", "nightly", "Primary")

    assert "Primary" in read("service-accounts", "credentials", "list", "nightly")


def test_a_delivery_is_shown(create, read):
    webhook = create("webhooks", "create", "https://example.org/hook")[1]
    delivery = create("webhooks", "test", webhook)[0]

    assert delivery in read("webhooks", "show-delivery", webhook, delivery)
