"""Register a user through a connection that loses the response: register_once.py URL NAME [KEY]."""

import sys

from rollbook_client.api.registration import register
from rollbook_client.models import MailRequested, Registration
from rollbook_client.types import UNSET
from session import connect, value_of

url, name, *keys = sys.argv[1:]
body = Registration(username=name, email=f"{name}@example.org", password="correct horse battery")
client = connect(url)
answer = register.sync(client=client, body=body, idempotency_key=keys[0] if keys else UNSET)
if isinstance(answer, MailRequested):
    sys.exit(answer.message)
print(value_of(answer).username)
