"""The networks from which a key was used, of which the first use is reported."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, insert, literal, select, text

from api.api_keys.models import ApiKeyNetwork
from api.api_keys.networks import find_network
from api.core import clock
from api.core.database import UTC_DATETIME, db
from api.core.request_context import current_request

# A key that is used from more has no usual networks, and no further one is reported.
MAX_NETWORKS_PER_KEY = 200

INSERT = text("""
    INSERT INTO api_key_networks (key_id, network, first_used_at)
    SELECT :key_id, :network, :now
    WHERE (SELECT count(*) FROM api_key_networks WHERE key_id = :key_id) < :max_networks
    ON CONFLICT DO NOTHING
    RETURNING network
""").bindparams(bindparam("key_id", type_=Uuid()), bindparam("now", type_=UTC_DATETIME))


def record_network(key_id: UUID, network: str) -> bool:
    """Record in the current transaction that a key is used from a network; return if it is new.

    Of several requests at the same time one returns that.
    """
    values = {
        "key_id": key_id,
        "network": network,
        "now": clock.now(),
        "max_networks": MAX_NETWORKS_PER_KEY,
    }
    return db.session.execute(INSERT, values).one_or_none() is not None


def record_network_of_creation(key_id: UUID) -> None:
    """Record the network of the request that creates a key; its use from there is no news."""
    network = find_network(current_request().client_address)
    if network is not None:
        record_network(key_id, network)


def copy_networks(key_id: UUID, successor_id: UUID) -> None:
    """Record the networks of a key for its successor."""
    columns = [ApiKeyNetwork.network, ApiKeyNetwork.first_used_at]
    known = select(literal(successor_id, Uuid()), *columns).where(ApiKeyNetwork.key_id == key_id)
    db.session.execute(
        insert(ApiKeyNetwork).from_select(["key_id", "network", "first_used_at"], known)
    )
