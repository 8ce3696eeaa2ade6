"""Recording when and from where keys are used. It never fails a request.

It is not part of the transaction of the request, so a use is recorded whatever becomes of that.
"""

from datetime import timedelta
from time import monotonic
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.exc import IntegrityError

from api.api_keys.authentication import FoundKey
from api.api_keys.known_networks import record_network
from api.api_keys.models import ApiKey, ApiKeyNetwork
from api.api_keys.networks import find_network
from api.core import clock
from api.core.database import UTC_DATETIME, in_transaction
from api.core.events import Event, emit
from api.core.outages import log_outage
from api.core.principal import Principal
from api.core.reads import Query
from api.core.request_context import current_request

USE_INTERVAL = timedelta(minutes=1)  # between two writes about one key
PAUSE_SECONDS = 60.0  # after a failure, in which nothing is recorded
MAX_KNOWN_NETWORKS = 10_000  # of all keys, that a process remembers

# A row that another request is updating is skipped: of many requests at once, one writes.
_due = (
    select(ApiKey.id)
    .where(
        ApiKey.id == bindparam("key_id"),
        or_(
            ApiKey.last_used_at.is_(None),
            ApiKey.last_used_at <= bindparam("since", type_=UTC_DATETIME),
        ),
    )
    .with_for_update(skip_locked=True)
)
record_last_use = Query(
    update(ApiKey)
    .where(ApiKey.id.in_(_due))
    .values(
        last_used_at=bindparam("now", type_=UTC_DATETIME), last_used_address=bindparam("address")
    )
    .returning(ApiKey.id),
    lambda key_id: key_id,
)
known_network = Query(
    select(ApiKeyNetwork.key_id).where(
        ApiKeyNetwork.key_id == bindparam("key_id"), ApiKeyNetwork.network == bindparam("network")
    ),
    lambda key_id: key_id,
)


class UseRecorder:
    """Records the uses of keys. It remembers the known networks, so that they cost no query."""

    def __init__(self) -> None:
        self.known: set[tuple[UUID, str]] = set()
        self.paused_until = 0.0

    def record(self, found: FoundKey) -> None:
        """Record the use of a key by this request, at most once a minute, and a new network."""
        address, now = current_request().client_address, clock.now()
        network = find_network(address)
        is_due = found.last_used_at is None or found.last_used_at <= now - USE_INTERVAL
        is_unknown = network is not None and (found.id, network) not in self.known
        if not (is_due or is_unknown) or monotonic() < self.paused_until:
            return
        try:
            if is_due:
                record_last_use.all(
                    key_id=found.id, since=now - USE_INTERVAL, now=now, address=address or None
                )
            if network is not None and is_unknown:
                self._record_network(found.id, network, by=found.principal)
        except Exception as error:  # noqa: BLE001  whatever it is, the request goes on
            self.paused_until = monotonic() + PAUSE_SECONDS
            log_outage("api_keys.use_not_recorded", reason=type(error).__name__)

    def _record_network(self, key_id: UUID, network: str, *, by: Principal) -> None:
        if known_network.first(key_id=key_id, network=network) is None:
            try:
                in_transaction(lambda: _report_network(key_id, network, by=by))
            except IntegrityError:  # the key was revoked meanwhile
                return
        if len(self.known) >= MAX_KNOWN_NETWORKS:
            self.known.clear()  # simpler than removing the least recently used
        self.known.add((key_id, network))


def _report_network(key_id: UUID, network: str, *, by: Principal) -> None:
    if record_network(key_id, network):
        emit(Event.API_KEY_NETWORK_NEW, subject=by.id, by=by, api_key=str(key_id))
