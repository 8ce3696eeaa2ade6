"""``GET /api/me`` beside what could be had at best, and what is had with every default."""

from collections.abc import Iterator
from statistics import median

from bench.crowd import token
from bench.load import Answered, Load, run
from bench.report import Figure, at_least
from bench.stage import Server, Stage


def measure(stage: Stage, rounds: int, seconds: int) -> Iterator[Figure]:
    """Ask each of them in turn, over and over, so that what else happens meets all alike."""
    ours = Server(
        "GET /api/me", f"{stage.service.url}/api/me", token(stage.service, stage.accounts[0])
    )
    others = [stage.bare(), stage.plain()]
    told = in_turn([ours, *others], rounds, seconds)
    yield Figure("GET /api/me", median(one.rate for one in told[ours.name]), "requests/s")
    yield Figure("its p99", median(one.p99 for one in told[ours.name]), "ms")
    for other, target in zip(others, (at_least(0.05), at_least(5)), strict=True):
        pairs = zip(told[ours.name], told[other.name], strict=True)
        yield Figure(other.name, median(one.rate for one in told[other.name]), "requests/s")
        ratio = median(one.rate / that.rate for one, that in pairs)
        yield Figure(f"GET /api/me to {other.name}", ratio, "", target)


def in_turn(servers: list[Server], rounds: int, seconds: int) -> dict[str, list[Answered]]:
    for server in servers:  # until what is loaded late has been loaded
        run(Load(server.url, 1, headers=server.headers))
    told: dict[str, list[Answered]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            told[server.name].append(run(Load(server.url, seconds, headers=server.headers)))
    return told
