"""The types that settings are of."""

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


def _several(value: object) -> object:
    """Split a list written with commas, as the environment has it."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _database(url: str) -> str:
    """Name the driver, so that addresses as hosting providers give them work."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in DRIVERS:
        raise ValueError("give postgresql://user@host/name or sqlite:///file")
    return f"{DRIVERS[scheme]}://{rest}"


def _redis(url: str) -> str:
    if not url.startswith(("redis://", "rediss://", "redis+unix://")):
        raise ValueError("give redis://host:6379/0, rediss:// or redis+unix://")
    return url


def _origin(url: str) -> str:
    """Accept scheme, host and port alone, in any case: paths are ours to add."""
    parts = urlsplit(url.rstrip("/"))
    bare = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not bare:
        raise ValueError("give an address like https://roll.example.com, without a path")
    return url.rstrip("/").lower()


def _allowed_origin(origin: str) -> str:
    return origin if origin == "*" else _origin(origin)


Port = Annotated[int, Field(ge=0, le=65_535)]
Count = Annotated[int, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]
Seconds = Annotated[int, Field(ge=1, le=315_360_000)]  # ten years, or moments run out
Text = Annotated[str, StringConstraints(min_length=1)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
RedisUrl = Annotated[str, AfterValidator(_redis)]
Origin = Annotated[str, AfterValidator(_origin)]
Names = Annotated[tuple[Text, ...], NoDecode, BeforeValidator(_several)]
Origins = Annotated[
    tuple[Annotated[str, AfterValidator(_allowed_origin)], ...],
    NoDecode,
    BeforeValidator(_several),
]
Rate = Annotated[str, StringConstraints(pattern=r"^[1-9]\d* per (second|minute|hour|day)$")]
