"""Import a page of an export after the token has expired: import_page.py URL NAME PASSWORD."""

import sys

from rollbook_client.api.transfer import export_users, import_users
from session import Login, value_of

url, name, password = sys.argv[1:]
login = Login.with_password(url, name, password)
page = value_of(export_users.sync(client=login.client, limit=10))
login.tokens.access_token = "expired"
result = value_of(import_users.sync(client=login.client, body=page))
print("created", result.created, "rejected", result.rejected)
