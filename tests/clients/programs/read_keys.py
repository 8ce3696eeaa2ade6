"""Read the public keys six times: read_keys.py URL."""

import sys

from rollbook_client.api.keys import get_keys
from session import connect, value_of

client = connect(sys.argv[1])
for _ in range(6):
    value_of(get_keys.sync(client=client))
    print("read")
