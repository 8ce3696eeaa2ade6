"""Continue after the access token has expired: expire.py URL NAME PASSWORD."""

import sys

from rollbook_client.api.users import get_me
from session import Login, value_of

url, name, password = sys.argv[1:]
login = Login.with_password(url, name, password)
login.tokens.access_token = "expired"
print(value_of(get_me.sync(client=login.client)).username)
print("expired" if login.tokens.access_token == "expired" else "refreshed")
