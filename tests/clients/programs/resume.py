"""Continue with stored tokens until the login has ended: resume.py URL NAME PASSWORD."""

import json
import sys

from rollbook_client.api.sessions import log_out
from rollbook_client.api.users import get_me
from rollbook_client.models import Tokens
from session import Login, RollbookError, require_success, value_of

stored: list[str] = []


def store(tokens: Tokens) -> None:
    stored.append(json.dumps(tokens.to_dict()))


url, name, password = sys.argv[1:]
Login.with_password(url, name, password, store)
login = Login(url, Tokens.from_dict(json.loads(stored[-1])), store)
login.refresh(login.tokens.access_token)
again = Login(url, Tokens.from_dict(json.loads(stored[-1])))
print(value_of(get_me.sync(client=again.client)).username, len(stored))
require_success(log_out.sync_detailed(client=login.client))
again.tokens.access_token = "expired"
try:
    get_me.sync(client=again.client)
except RollbookError as error:
    print(error.problem.error)
