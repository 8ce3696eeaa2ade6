"""Log out at a proxy that answers with HTML: read_html.py URL NAME PASSWORD PROXY."""

import sys

import httpx
from rollbook_client.api.sessions import log_out
from session import Login

url, name, password, proxy = sys.argv[1:]
login = Login(proxy, Login.with_password(url, name, password).tokens)
try:
    log_out.sync_detailed(client=login.client)
except httpx.HTTPStatusError as error:
    print(error.response.status_code)
