"""Continue after the access token has expired: expire.py URL NAME PASSWORD."""

import sys

from rollbook_client.api.users import get_me
from session import Session, value_of

session = Session(*sys.argv[1:])
session.tokens.access_token = "expired"
print(value_of(get_me.sync(client=session.client)).username)
print("expired" if session.tokens.access_token == "expired" else "refreshed")
