"""Auth0: exports of user profiles, exports of password hashes, and files for its bulk import."""

from base64 import b64decode, b64encode

from api.core import json_reader
from api.transfer.layouts import Columns, Layout
from api.transfer.origins.drafts import Draft, Origin, Record, join_names

DEFAULT_SCRYPT_COST = 16384
COMPLETE = {"argon2", "bcrypt", "pbkdf2", "ldap"}  # a hash in a notation of its own
COLUMNS: Columns = {
    "user_id": str,
    "id": str,
    "email": str,
    "email_verified": str,
    "username": str,
    "name": str,
    "given_name": str,
    "family_name": str,
    "nickname": str,
    "created_at": str,
    "blocked": str,
    "user_metadata": json_reader.read,
    "app_metadata": json_reader.read,
}


def map_user(draft: Draft) -> bool:
    identity = draft.take("_id", "id")  # which are the same name
    if isinstance(identity, dict):
        _map_credentials(draft, identity)
    else:
        draft.add({"id": identity})
        _map_profile(draft)
    return True


def _map_credentials(draft: Draft, identity: Record) -> None:
    """Map a record of an export of password hashes, which lacks the name of the provider.

    It says nothing about the state of the user. So it only updates the account of a profile.
    If a user has an ``alt_id``, that is the id in the profile, which is found by e-mail address.
    """
    draft.must_exist = True
    draft.row["email"] = draft.take_text("email")
    if not draft.take("alt_id") and "$oid" in identity:
        draft.set_id(f"auth0|{identity['$oid']}")
    draft.row["password_hash"] = _read_hash(draft)
    draft.members.clear()  # the export of profiles has the others


def _map_profile(draft: Draft) -> None:
    draft.set_id(draft.take_text("user_id", "id"))
    draft.row["email_verified"] = draft.take_boolean("email_verified")
    given, family = draft.take_text("given_name"), draft.take_text("family_name")
    name, nickname = draft.take_text("name"), draft.take_text("nickname")
    email = draft.take_text("email")
    full_name = name if name != email else None  # Auth0 uses the e-mail address if there is no name
    draft.set_names(
        email=email,
        username=draft.take_text("username"),
        display_name=full_name or join_names(given, family) or nickname,
    )
    draft.row["created_at"] = draft.take_timestamp("created_at")
    draft.row["user_metadata"] = draft.take("user_metadata")
    draft.app_metadata = dict(draft.take_mapping("app_metadata"))
    draft.row["password_hash"] = _read_hash(draft)
    if draft.take_boolean("blocked"):
        draft.suspend("Blocked in Auth0")
    draft.keep("phone_number")
    _ignore_members(draft)


def _read_hash(draft: Draft) -> str | None:
    plain = draft.take_text("passwordHash", "password_hash")
    custom = draft.take_mapping("custom_password_hash")
    return plain or (_read_custom_hash(custom, draft) if custom else None)


def _read_custom_hash(custom: Record, draft: Draft) -> str | None:
    """Return the hash of the schema of Auth0's bulk import in a notation that is imported."""
    algorithm = str(custom.get("algorithm"))
    if algorithm in COMPLETE:
        return str(_read_part(custom, "hash").get("value") or "")
    if algorithm in WRITERS:
        return WRITERS[algorithm](custom)
    draft.lose(f"custom_password_hash ({algorithm})")
    return None


def _write_scrypt(custom: Record) -> str:
    cost = int(str(custom.get("cost", DEFAULT_SCRYPT_COST))).bit_length() - 1
    block_size, lanes = custom.get("blockSize", 8), custom.get("parallelization", 1)
    salt, digest = (_encode(_read_part(custom, name)) for name in ("salt", "hash"))
    return f"$scrypt$ln={cost},r={block_size},p={lanes}${salt}${digest}"


def _write_digest(custom: Record) -> str:
    salt = _read_part(custom, "salt")
    template = "{PASSWORD}{SALT}" if salt.get("position") == "suffix" else "{SALT}{PASSWORD}"
    encoded = b64encode(template.encode()).decode()
    digest = _encode(_read_part(custom, "hash"))
    return f"${custom.get('algorithm')}$pf={encoded}${_encode(salt)}${digest}"


def _write_hmac(custom: Record) -> str:
    hashed = _read_part(custom, "hash")
    digest = b64decode(_encode(hashed)).hex().encode()
    key = _encode(_read_part(hashed, "key"))
    return f"$hmac-{hashed.get('digest')}${b64encode(digest).decode()}${key}"


def _read_part(record: Record, name: str) -> Record:
    """Return a hash, a salt or a key. A text alone is its value."""
    part = record.get(name)
    return part if isinstance(part, dict) else {"value": part}


def _encode(part: Record) -> str:
    """Return a salt or digest in base64. Auth0 has it as text, hexadecimal or base64."""
    value, encoding = str(part.get("value") or ""), part.get("encoding", "utf8")
    if encoding == "base64":
        return value
    octets = bytes.fromhex(value) if encoding == "hex" else value.encode()
    return b64encode(octets).decode()


def _ignore_members(draft: Draft) -> None:
    draft.ignore("updated_at", "connection", "last_password_reset")
    draft.lose_flags("phone_verified")
    identities = draft.take_list("identities")
    social = [each for each in identities if isinstance(each, dict) and each.get("isSocial")]
    if social:
        draft.lose("identities")


WRITERS = {
    "scrypt": _write_scrypt,
    "hmac": _write_hmac,
    **dict.fromkeys(("md5", "sha1", "sha256", "sha512"), _write_digest),
}
KNOWN_BY = ("user_id", "custom_password_hash", "logins_count", "connection")
COMMON = ("email_verified", "given_name", "password_hash")
AUTH0 = Origin("auth0", Layout(COLUMNS, is_open=True), map_user, KNOWN_BY, COMMON)
