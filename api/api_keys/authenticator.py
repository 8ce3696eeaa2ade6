"""The authenticator for API keys."""

import re

import structlog
from flask import Request

from api.api_keys.authentication import FoundKey, find_key
from api.api_keys.networks import is_in_networks
from api.api_keys.usage import UseRecorder
from api.core.errors import Unauthenticated
from api.core.principal import Principal
from api.core.program_secrets import is_well_formed
from api.core.request_context import current_request

BEARER = re.compile(r"(?i:bearer) +(rb_live_[^ ]*)", re.ASCII)
INVALID_KEYS = "invalid_api_key"  # the name of the rate limit

log = structlog.get_logger()


class ApiKeyAuthenticator:
    """Accepts ``Authorization: Bearer rb_live_…``."""

    for_programs = True
    limit_of_failures = INVALID_KEYS
    security_scheme = (
        "api_key",
        {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "rb_live_",
            "description": "An API key of a user or of a service account. It has the permissions "
            "of its scopes that its owner has as well.",
        },
    )

    def __init__(self) -> None:
        self.recorder = UseRecorder()

    def authenticate(self, request: Request, *, allow_ended_session: bool) -> Principal | None:  # noqa: ARG002  no session
        """Return the owner of the key, with the permissions of the key.

        The checksum is verified first, so a key with a typing error costs no query.

        Raises:
            Unauthenticated: the key is not valid, or its owner is not active, or the client IP
                address is not in its networks. The response is the same for all of these.
        """
        match = BEARER.fullmatch(request.headers.get("Authorization", ""))
        if match is None:
            return None
        key = match[1]
        if not is_well_formed(key, "rb_live_"):
            raise Unauthenticated
        found = find_key(key)
        if found is None:
            raise Unauthenticated
        if not _is_allowed_here(found):
            log.warning("api_keys.network_rejected", key_id=found.id)
            raise Unauthenticated
        self.recorder.record(found)
        return found.principal


def _is_allowed_here(found: FoundKey) -> bool:
    networks = found.allowed_networks
    return networks is None or is_in_networks(current_request().client_address, networks)
