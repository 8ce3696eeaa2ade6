"""Import a page of an export after the token has expired: import_page.py URL NAME PASSWORD."""

import sys

from rollbook_client.api.transfer import export_users, import_users
from session import Session, value_of

session = Session(*sys.argv[1:])
page = value_of(export_users.sync(client=session.client, limit=10))
session.tokens.access_token = "expired"
result = value_of(import_users.sync(client=session.client, body=page))
print("created", result.created, "rejected", result.rejected)
