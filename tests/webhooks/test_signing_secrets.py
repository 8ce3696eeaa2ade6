"""The secrets of webhooks, and how the database has them."""

from base64 import b64decode
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag

from api.webhooks.signing_secrets import decrypt_secret, encrypt_secret, make_secret

pytestmark = pytest.mark.usefixtures("context")
WEBHOOK, ANOTHER = UUID(int=1), UUID(int=2)


def test_a_secret_has_256_random_bits():
    first, second = make_secret(), make_secret()

    assert first.startswith("whsec_")
    assert len(b64decode(first.removeprefix("whsec_"))) == 32
    assert first != second


def test_a_secret_is_stored_encrypted():
    secret = make_secret()
    encrypted = encrypt_secret(secret, WEBHOOK)

    assert secret.encode() not in encrypted
    assert decrypt_secret(encrypted, WEBHOOK) == secret


def test_the_secret_of_a_webhook_is_not_that_of_another():
    encrypted = encrypt_secret(make_secret(), WEBHOOK)

    with pytest.raises(InvalidTag):
        decrypt_secret(encrypted, ANOTHER)
