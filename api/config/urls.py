"""Checks URLs with the libraries that use them, so that what starts can also connect.

No message repeats a part of a URL: a password that is not escaped can end up in any part of it.
"""

import warnings
from collections.abc import Mapping
from difflib import get_close_matches
from urllib.parse import SplitResult, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, SAWarning

POSTGRESQL = "postgresql+psycopg"
DRIVERS = {
    "sqlite": "sqlite",
    "postgres": POSTGRESQL,
    "postgresql": POSTGRESQL,
    POSTGRESQL: POSTGRESQL,
}
DATABASE_FORMS = "give postgresql://user@host/name or sqlite:///file"
# libpq checks these only when it connects.
CHOICES = {
    "sslmode": {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
    "target_session_attrs": {
        *("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
    },
}
NUMBERS = {"connect_timeout", "keepalives", "tcp_user_timeout"}
SQLITE_PARAMETERS = "give sqlite:///file, and only parameters that SQLAlchemy documents"
MAX_PORT = 65_535

REDIS_SCHEMES = ("redis", "rediss", "redis+unix")
SENTINEL, CLUSTER = "redis+sentinel", "redis+cluster"
REDIS_FORMS = (
    "give redis://host:6379/0, rediss://, redis+unix://, "
    "redis+sentinel://host:26379,host:26379/service or redis+cluster://host:6379,host:6379"
)
REDIS_PARAMETERS = "has a parameter that redis-py does not know, or a wrong value of one"
PORTS = "has a port that is not a number from 1 to 65535"


def normalize_database(url: str) -> str:
    """Set the driver, so that the URLs of hosting providers work, and check all parts.

    Raises:
        ValueError: the URL cannot work.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in DRIVERS:
        raise ValueError(DATABASE_FORMS)
    if DRIVERS[scheme] == "sqlite":
        _check_sqlite(url)
        return url
    if _names_several_hosts(rest):
        return _normalize_several_hosts(rest)
    normalized = f"{POSTGRESQL}://{rest}"
    _check_postgresql(normalized)
    return normalized


def _check_sqlite(url: str) -> None:
    try:
        parsed = make_url(url)
        with warnings.catch_warnings(category=SAWarning, action="error"):
            parsed.get_dialect()().create_connect_args(parsed)
    except ArgumentError:
        raise ValueError("give sqlite:/// with three slashes, then the file") from None
    except (ValueError, SAWarning):
        raise ValueError(SQLITE_PARAMETERS) from None


def _names_several_hosts(rest: str) -> bool:
    return "," in rest.partition("/")[0].partition("?")[0].rpartition("@")[2]


def _normalize_several_hosts(rest: str) -> str:
    """Return the form of SQLAlchemy for the one of libpq, ``user@h1:5432,h2:5432/name``.

    Unless the URL says otherwise, the server must accept writes.
    """
    try:
        found = _parse_with_libpq(rest)
    except ProgrammingError:
        raise ValueError("cannot be parsed as hosts, ports, name and parameters") from None
    own = {name: found.pop(name, None) for name in ("user", "password", "dbname")}
    url = URL.create(
        POSTGRESQL,
        username=own["user"],
        password=own["password"],
        database=own["dbname"],
        query={"target_session_attrs": "read-write", **found},
    ).render_as_string(hide_password=False)
    _check_postgresql(url)
    return url


def _parse_with_libpq(rest: str) -> dict[str, str]:
    return {name: str(value) for name, value in conninfo_to_dict(f"postgresql://{rest}").items()}


def _check_postgresql(url: str) -> None:
    try:
        parsed = make_url(url)
        _, arguments = parsed.get_dialect()().create_connect_args(parsed)
    except (ArgumentError, ValueError):  # a port, or two forms for several hosts
        raise ValueError(PORTS) from None
    arguments.pop("context", None)  # of the driver, not of libpq
    _check_ports(str(arguments.get("port", "" if parsed.port is None else parsed.port)))
    try:
        make_conninfo(**arguments)
    except ProgrammingError:
        raise ValueError(_describe_unknown_parameter(list(arguments))) from None
    _check_values(arguments)


def _check_values(arguments: Mapping[str, object]) -> None:
    for name, choices in CHOICES.items():
        if name in arguments and arguments[name] not in choices:
            raise ValueError(f"{name} has to be one of {', '.join(sorted(choices))}")
    for name in NUMBERS & arguments.keys():
        if not str(arguments[name]).isdecimal():
            raise ValueError(f"{name} has to be a whole number")


def _check_ports(ports: str) -> None:
    for port in filter(None, ports.split(",")):
        if not (port.isascii() and port.isdigit() and 1 <= int(port) <= MAX_PORT):
            raise ValueError(PORTS)


def _describe_unknown_parameter(names: list[str]) -> str:
    """Name the parameters that may be meant, since the unknown one may be part of a password."""
    known = [option.keyword.decode() for option in Conninfo.get_defaults()]
    unknown = [name for name in names if name not in known]
    meant = [match for name in unknown for match in get_close_matches(name, known, n=1)]
    hint = f"; did you mean {', '.join(meant)}?" if meant else ""
    return f"has a parameter that libpq does not know{hint}"


def check_redis(url: str) -> str:
    """Check all parts of a URL of Redis, Redis Sentinel or a Redis Cluster.

    Raises:
        ValueError: the URL cannot work.
    """
    parts = urlsplit(url)
    if parts.scheme in REDIS_SCHEMES:
        _check_one_redis(url, parts)
    elif parts.scheme in {SENTINEL, CLUSTER}:
        _check_several_redis(parts)
    else:
        raise ValueError(REDIS_FORMS)
    return url


def _check_one_redis(url: str, parts: SplitResult) -> None:
    from redis import ConnectionPool, RedisError  # noqa: PLC0415  takes 0.1 s, and is seldom used

    if parts.scheme == "redis+unix":
        url = url.replace("redis+unix", "unix", 1)
    else:
        _require_port(parts.netloc)
        _require_database_number(parts.path)
    try:
        ConnectionPool.from_url(url).make_connection()  # it opens no connection yet
    except (ValueError, TypeError, RedisError):
        raise ValueError(REDIS_PARAMETERS) from None


def _require_port(location: str) -> int | None:
    try:
        port = urlsplit(f"//{location}").port
    except ValueError:
        raise ValueError(PORTS) from None
    if port == 0:
        raise ValueError(PORTS)
    return port


def _require_database_number(path: str) -> None:
    if path.strip("/") and not path.strip("/").isdecimal():
        raise ValueError("the database of Redis is a number, as in redis://host:6379/0")


def _check_several_redis(parts: SplitResult) -> None:
    locations = parts.netloc.rpartition("@")[2].split(",")
    if not all(urlsplit(f"//{each}").hostname and _require_port(each) for each in locations):
        raise ValueError("give host:port for each host, with commas between them")
    if parts.query:
        raise ValueError("takes no parameters with Redis Sentinel or a Redis Cluster")
    has_name = bool(parts.path.strip("/"))
    if has_name != (parts.scheme == SENTINEL):
        raise ValueError(REDIS_FORMS)
