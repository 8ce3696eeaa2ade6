"""The types of settings."""

import re
from ipaddress import ip_address, ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_settings import NoDecode

from api.config.origins import normalize_base_url, normalize_host, normalize_origin


def split_list(value: object) -> object:
    """Split a list with commas, the form of the environment."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _normalize_database(url: str) -> str:
    from api.config.urls import normalize_database  # noqa: PLC0415  it imports SQLAlchemy

    return normalize_database(url)


def _check_redis(url: str) -> str:
    from api.config.urls import check_redis  # noqa: PLC0415  it imports SQLAlchemy

    return check_redis(url)


def _normalize_address(text: str) -> str:
    """Return an IP address as sockets take it."""
    if text == "localhost":
        return "127.0.0.1"
    try:
        return str(ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        raise ValueError(
            "give an IP address such as 127.0.0.1 or 0.0.0.0; the port is a setting of its own"
        ) from None


def check_network(text: str) -> str:
    """Return a network in its usual form.

    Raises:
        ValueError: it is none, or it is an address inside a network.
    """
    try:
        return str(ip_network(text))
    except ValueError:
        raise ValueError("give networks such as 10.20.0.0/16") from None


def _check_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"give a regular expression: {error}") from None
    return pattern


SigningAlgorithm = Literal["ES256", "RS256", "EdDSA"]
Port = Annotated[int, Field(ge=0, le=65_535)]
Count = Annotated[int, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]
Seconds = Annotated[int, Field(ge=1, le=315_360_000)]  # ten years; much more overflows a timestamp
Text = Annotated[str, StringConstraints(min_length=1)]
DatabaseUrl = Annotated[str, AfterValidator(_normalize_database)]
RedisUrl = Annotated[str, AfterValidator(_check_redis)]
Pattern = Annotated[str, StringConstraints(min_length=1), AfterValidator(_check_pattern)]
BaseUrl = Annotated[str, AfterValidator(normalize_base_url)]
Address = Annotated[str, AfterValidator(_normalize_address)]
Hosts = Annotated[
    tuple[Annotated[str, AfterValidator(normalize_host)], ...],
    NoDecode,
    BeforeValidator(split_list),
]
Origins = Annotated[
    tuple[Annotated[str, AfterValidator(normalize_origin)], ...],
    NoDecode,
    BeforeValidator(split_list),
]
Rate = Annotated[str, StringConstraints(pattern=r"^[1-9]\d* per (second|minute|hour|day)$")]
