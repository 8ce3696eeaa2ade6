"""Import an e-mail address with a new name: update_import.py URL NAME PASSWORD EMAIL."""

import sys

from rollbook_client.api.transfer import import_users
from rollbook_client.models import ConflictPolicy, ImportedUser
from session import Login, value_of

url, name, password, email = sys.argv[1:]
client = Login.with_password(url, name, password).client
row = ImportedUser(email=email, display_name="Grace Hopper")
policy = ConflictPolicy.UPDATE
result = value_of(import_users.sync(client=client, body=[row], on_conflict=policy))
print("updated", result.updated)
