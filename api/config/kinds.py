"""The types of settings."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_settings import NoDecode

DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def _split(value: object) -> object:
    """Split a list with commas, the form of the environment."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _normalize_database(url: str) -> str:
    """Set the driver, so that the URLs of hosting providers work."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in DRIVERS:
        raise ValueError("give postgresql://user@host/name or sqlite:///file")
    return f"{DRIVERS[scheme]}://{rest}"


def _check_redis(url: str) -> str:
    if not url.startswith(("redis://", "rediss://", "redis+unix://")):
        raise ValueError("give redis://host:6379/0, rediss:// or redis+unix://")
    return url


def _normalize_origin(url: str) -> str:
    """Accept a scheme, host and port (RFC 6454), and return them in lower case."""
    parts = urlsplit(url.rstrip("/"))
    bare = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not bare:
        raise ValueError("give a URL such as https://roll.example.com, without a path")
    return url.rstrip("/").lower()


def _normalize_allowed_origin(origin: str) -> str:
    return origin if origin == "*" else _normalize_origin(origin)


Port = Annotated[int, Field(ge=0, le=65_535)]
Count = Annotated[int, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]
Seconds = Annotated[int, Field(ge=1, le=315_360_000)]  # ten years; much more overflows a timestamp
Text = Annotated[str, StringConstraints(min_length=1)]
DatabaseUrl = Annotated[str, AfterValidator(_normalize_database)]
RedisUrl = Annotated[str, AfterValidator(_check_redis)]
Origin = Annotated[str, AfterValidator(_normalize_origin)]
Names = Annotated[tuple[Text, ...], NoDecode, BeforeValidator(_split)]
Origins = Annotated[
    tuple[Annotated[str, AfterValidator(_normalize_allowed_origin)], ...],
    NoDecode,
    BeforeValidator(_split),
]
Rate = Annotated[str, StringConstraints(pattern=r"^[1-9]\d* per (second|minute|hour|day)$")]
