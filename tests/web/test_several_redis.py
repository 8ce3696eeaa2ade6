"""Counters in Redis behind Sentinel, and in a Redis Cluster (B-43)."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.retry import Retry

from api.web.counters import open_storage
from tests.processes import free_port, start, stop, wait_until
from tests.service import find_redis_server

PASSWORD = "p@ss/word"
QUOTED_PASSWORD = "p%40ss%2Fword"
SERVICE = "rollbook"
SLOTS = 16_384
FAILOVER_SECONDS = 20


@contextmanager
def redis_process(directory: Path, *lines: str, sentinel: bool = False) -> Iterator[int]:
    """Start a server with these lines of configuration more, and yield its port."""
    port = free_port()
    home = directory / f"redis-{port}"
    home.mkdir()
    file, log = home / "redis.conf", home / "log"
    common = (f"port {port}", "bind 127.0.0.1", f"dir {home}", "protected-mode no")
    file.write_text("\n".join([*common, *lines]) + "\n")
    mode = ["--sentinel"] if sentinel else []
    process = start([find_redis_server(), str(file), *mode], log, cwd=home)
    try:
        wait_until(lambda: answers(port), process, log)
        yield port
    finally:
        stop(process)


def answers(port: int) -> bool:
    try:
        with Redis(port=port, socket_timeout=1, retry=Retry(NoBackoff(), 0)) as client:
            return bool(client.ping())
    except Exception as error:  # noqa: BLE001  it answers, although it wants a password
        return "uthentication required" in str(error) or "NOAUTH" in str(error)


def wait_for(condition):
    deadline = monotonic() + FAILOVER_SECONDS
    while not condition():
        assert monotonic() < deadline
        sleep(0.05)


@pytest.fixture
def started(place):
    with ExitStack() as stack:
        yield lambda *lines, **options: stack.enter_context(redis_process(place, *lines, **options))


@pytest.fixture
def sentinel(started):
    """The port of a Sentinel that watches a master and a replica; all ask for the password."""
    secret = (f'requirepass "{PASSWORD}"', f'masterauth "{PASSWORD}"')
    secret += ("repl-diskless-sync-delay 0", "repl-ping-replica-period 1")
    master = started(*secret)
    replica = started(*secret, f"replicaof 127.0.0.1 {master}")
    with Redis(port=replica, password=PASSWORD) as client:
        wait_for(lambda: client.info("replication")["master_link_status"] == "up")
    port = started(
        f"sentinel monitor {SERVICE} 127.0.0.1 {master} 1",
        f'sentinel auth-pass {SERVICE} "{PASSWORD}"',
        f"sentinel down-after-milliseconds {SERVICE} 1000",
        f'requirepass "{PASSWORD}"',
        sentinel=True,
    )
    with Redis(port=port, password=PASSWORD) as client:
        wait_for(lambda: client.sentinel_slaves(SERVICE))
    return port


def begins_failover(client: Redis) -> bool:
    """Return False while the Sentinel knows no replica that is good enough."""
    try:
        client.execute_command("SENTINEL", "FAILOVER", SERVICE)
    except ResponseError:
        return False
    return True


def is_complete(info: bytes) -> bool:
    """Return whether a node knows all three nodes and the place of every key."""
    return b"cluster_state:ok" in info and b"cluster_known_nodes:3" in info


@pytest.fixture
def cluster(started):
    """The ports of the nodes of a cluster."""
    ports = [started("cluster-enabled yes", "cluster-node-timeout 2000") for _ in range(3)]
    clients = [Redis(port=port) for port in ports]
    for place, client in enumerate(clients):
        client.execute_command("CLUSTER", "ADDSLOTS", *range(place, SLOTS, len(ports)))
        if place:
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", ports[0])
    for client in clients:
        wait_for(lambda c=client: is_complete(c.execute_command("CLUSTER", "INFO")))
        client.close()
    return ports


def test_B_43_workers_count_together_behind_sentinel(sentinel):
    url = f"redis+sentinel://:{QUOTED_PASSWORD}@127.0.0.1:{sentinel}/{SERVICE}"
    one, other = open_storage(url), open_storage(url)

    assert [one.incr("ada", 60), other.incr("ada", 60), one.incr("ada", 60)] == [1, 2, 3]


def test_B_43_counting_goes_on_after_a_failover(sentinel):
    url = f"redis+sentinel://:{QUOTED_PASSWORD}@127.0.0.1:{sentinel}/{SERVICE}"
    storage = open_storage(url)
    storage.incr("ada", 60)
    with Redis(port=sentinel, password=PASSWORD) as client:
        before = client.sentinel_get_master_addr_by_name(SERVICE)
        wait_for(lambda: begins_failover(client))
        wait_for(lambda: client.sentinel_get_master_addr_by_name(SERVICE) != before)

    def counts():
        try:
            return storage.incr("ada", 60)
        except storage.base_exceptions:
            return 0

    wait_for(counts)


def test_B_43_workers_count_together_in_a_cluster(cluster):
    url = "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in cluster)
    one, other = open_storage(url), open_storage(url)

    for name in ("ada", "grace", "eve", "mallory"):  # whose keys are on several nodes
        assert [one.incr(name, 60), other.incr(name, 60)] == [1, 2]


@pytest.mark.parametrize(
    "url", ["redis+sentinel://127.0.0.1:1/none", "redis+cluster://127.0.0.1:1"]
)
def test_B_43_no_connection_is_needed_at_start_and_the_failure_is_quick(url):
    storage = open_storage(url)
    begun = monotonic()

    for _ in range(5):
        with pytest.raises(storage.base_exceptions):
            storage.incr("ada", 60)

    assert monotonic() - begun < 2
