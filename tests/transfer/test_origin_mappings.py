"""The records of other systems become rows of an import."""

from io import BytesIO
from pathlib import Path

import orjson
import pytest

from api.transfer import origins
from api.transfer.formats import read_rows
from api.transfer.origins import ORIGINS, Mapping, map_rows
from api.transfer.row import Row

EXPORTS = Path(__file__).parent / "exports"


def map_file(name, origin, *, keep_ids=False):
    origin = ORIGINS[origin]
    file = read_rows(BytesIO((EXPORTS / name).read_bytes()), layout=origin.layout)
    rows = list(map_rows(file.rows, Mapping(origin, keep_ids=keep_ids)))
    assert not any(row.errors for row in rows)
    for row in rows:
        row.members.pop("password_hash", None)
    return rows


def map_one(origin, record):
    [row] = map_rows([Row(1, record)], Mapping(ORIGINS[origin], keep_ids=False))
    return row


NAMES = {"email": "ada@example.org", "display_name": "Ada Lovelace"}
ADA = {**NAMES, "email_verified": True}
CREATED = {"created_at": "2024-05-01T12:34:56.789Z"}


def find_external(origin, external_id):
    return {"external_source": origin, "external_id": external_id}


class TestMapping:
    def test_auth0(self):
        ada, grace = map_file("auth0-users.json", "auth0")

        assert ada.members == {
            **ADA,
            **CREATED,
            **find_external("auth0", "auth0|65f1c2a0b7d94f0012345678"),
            "user_metadata": {"theme": "dark"},
            "app_metadata": {"plan": "pro"},
        }
        assert grace.members["display_name"] == "Grace Hopper"
        assert grace.members["status_reason"] == "Blocked in Auth0"
        assert grace.members["email_verified"] is False
        activity = ("picture", "last_login", "last_ip", "logins_count")
        assert (ada.lost, grace.lost) == (activity, ("identities",))

    def test_auth0_csv(self):
        text = (
            '"user_id","email","email_verified","username","app_metadata","shoe_size"\n'
            '"auth0|1","ada@example.org","true","ada","{""plan"":""pro""}","39"\n'
        )
        file = read_rows(BytesIO(text.encode()), layout=ORIGINS["auth0"].layout)

        [row] = map_rows(file.rows, Mapping(ORIGINS["auth0"], keep_ids=False))

        assert row.members == {
            "email": "ada@example.org",
            "email_verified": True,
            "username": "ada",
            **find_external("auth0", "auth0|1"),
            "app_metadata": {"plan": "pro"},
        }
        assert row.lost == ("shoe_size",)

    @pytest.mark.parametrize("name", ["firebase-users.json", "firebase-users.csv"])
    def test_firebase(self, name):
        ada, grace = map_file(name, "firebase")

        kept = {"phoneNumber": "+49301234567", "customAttributes": {"plan": "pro"}}
        assert ada.members == {
            **ADA,
            "created_at": "2024-05-01T12:34:56.789000Z",
            **find_external("firebase", "Xq1ZkV0aT9eQm3"),
            "app_metadata": {"firebase": kept},
        }
        assert grace.members["status_reason"] == "Disabled in Firebase"
        assert ada.lost == ("photoUrl", "lastSignedInAt")
        assert grace.lost == ("providerUserInfo", "lastSignedInAt")

    def test_cognito_json(self):
        ada, grace = map_file("cognito-users.json", "cognito", keep_ids=True)

        user_id = "7c1d5c1e-8a44-4b2a-9c58-0f1f3e1d2c01"
        assert ada.members == {
            **ADA,
            "id": user_id,
            "username": "ada",
            "created_at": "2024-05-01T12:34:56.789000+00:00",
            **find_external("cognito", user_id),
            "app_metadata": {"cognito": {"custom:plan": "pro"}},
        }
        assert "username" not in grace.members
        assert grace.members["created_at"] == "2024-06-01T00:00:00.500000Z"
        assert grace.members["status"] == "suspended"
        assert grace.members["app_metadata"]["cognito"] == {
            "UserStatus": "FORCE_CHANGE_PASSWORD",
            "phone_number": "+49301234567",
        }
        assert (ada.lost, grace.lost) == ((), ("second factor",))

    def test_cognito_csv(self):
        ada, grace = map_file("cognito-users.csv", "cognito", keep_ids=True)

        assert ada.members == {**ADA, "username": "ada", **find_external("cognito", "ada")}
        assert grace.members == {
            "email": "grace@example.org",
            "email_verified": False,
            **find_external("cognito", "grace@example.org"),
            "app_metadata": {"cognito": {"phone_number": "+49301234567"}},
        }

    def test_keycloak(self):
        ada, grace = map_file("keycloak-realm.json", "keycloak", keep_ids=True)

        user_id = "4b1d5c1e-8a44-4b2a-9c58-0f1f3e1d2c01"
        assert ada.members == {
            **ADA,
            "id": user_id,
            "username": "ada",
            "created_at": "2024-05-01T12:34:56.789000Z",
            **find_external("keycloak", user_id),
            "app_metadata": {
                "keycloak": {
                    "attributes": {"department": ["engines"]},
                    "realmRoles": ["editor"],
                    "groups": ["/staff"],
                }
            },
        }
        assert grace.members["must_change_password"] is True
        assert grace.members["status_reason"] == "Disabled in Keycloak"
        assert grace.members["app_metadata"]["keycloak"] == {"requiredActions": ["CONFIGURE_TOTP"]}
        assert (ada.lost, grace.lost) == (("credentials (otp)",), ("federatedIdentities",))

    def test_supabase(self):
        ada, grace = map_file("supabase-users.csv", "supabase", keep_ids=True)

        user_id = "0d0c7a5e-1b2f-4c3d-8e4f-5a6b7c8d9e01"
        assert ada.members == {
            **ADA,
            "id": user_id,
            "created_at": "2024-05-01T12:34:56.789+00:00",
            **find_external("supabase", user_id),
            "user_metadata": {"full_name": "Ada Lovelace", "theme": "dark"},
            "app_metadata": {"provider": "email", "providers": ["email"]},
        }
        assert grace.members["status"] == "suspended"
        assert grace.members["app_metadata"]["supabase"] == {
            "phone": "+49301234567",
        }

    def test_wordpress(self):
        ada, grace = map_file("wordpress-users.csv", "wordpress")

        assert ada.members == {
            **NAMES,
            "username": "ada",
            "created_at": "2024-05-01T12:34:56Z",
            **find_external("wordpress", "1"),
        }
        assert "username" not in grace.members
        assert "created_at" not in grace.members
        assert grace.lost == ("username",)

    def test_django(self):
        ada, grace = map_file("django-users.json", "django")

        assert ada.members == {
            **NAMES,
            **CREATED,
            "username": "ada",
            **find_external("django", "1"),
            "app_metadata": {
                "django": {"is_staff": True, "is_superuser": True, "groups": [["editors"]]}
            },
        }
        assert (grace.members["username"], grace.members["status"]) == (
            "grace hopper",
            "suspended",
        )
        [from_table, _] = map_file("django-users.csv", "django")
        assert from_table.members["external_id"] == "1"
        assert from_table.members["display_name"] == "Ada Lovelace"

    def test_better_auth(self):
        ada, grace = map_file("better-auth-users.json", "better-auth")

        assert ada.members == {
            **ADA,
            **CREATED,
            **find_external("better-auth", "5ZsGqbBDmMFEV8kGbOt3"),
        }
        assert grace.members["status_reason"] == "Spam"
        assert grace.lost == ("accounts",)
        [from_table] = map_file("better-auth-users.csv", "better-auth")
        assert from_table.members["created_at"] == "2024-05-01T12:34:56.789Z"


@pytest.mark.parametrize("user_id", ["userId", "user_id"])
@pytest.mark.parametrize("is_account_first", [True, False])
def test_the_two_tables_of_better_auth_are_joined(user_id, is_account_first):
    credential = {"id": "a1", user_id: "u1", "providerId": "credential", "password": "hash"}
    social = {"id": "a2", user_id: "u1", "providerId": "google", "accessToken": "x"}
    users = {"user": [{"id": "u1", "email": "ada@example.org"}, {"id": "u2", "email": "b@b.org"}]}
    accounts = {"account": [social, credential], "session": []}
    tables = {**accounts, **users} if is_account_first else {**users, **accounts}
    origin = ORIGINS["better-auth"]
    file = read_rows(BytesIO(orjson.dumps(tables)), layout=origin.layout)

    ada, other = origins.map_file(file, Mapping(origin, keep_ids=False))

    assert (ada.members["password_hash"], ada.lost) == ("hash", ("accounts",))
    assert "password_hash" not in other.members


SALT, DIGEST = "c2FsdHNhbHQ=", "00112233445566778899aabbccddeeff"


@pytest.mark.parametrize(
    ("custom", "expected"),
    [
        ({"algorithm": "bcrypt", "hash": {"value": "$2b$10$x"}}, "$2b$10$x"),
        ({"algorithm": "argon2", "hash": "$argon2id$v=19$x"}, "$argon2id$v=19$x"),
        ({"algorithm": "ldap", "hash": {"value": "{SSHA}x"}}, "{SSHA}x"),
        (
            {
                "algorithm": "md5",
                "hash": {"value": DIGEST, "encoding": "hex"},
                "salt": {"value": "pepper", "position": "suffix"},
            },
            "$md5$pf=e1BBU1NXT1JEfXtTQUxUfQ==$cGVwcGVy$ABEiM0RVZneImaq7zN3u/w==",
        ),
        (
            {
                "algorithm": "scrypt",
                "cost": 16384,
                "hash": {"value": "ZGlnZXN0", "encoding": "base64"},
                "salt": {"value": SALT, "encoding": "base64"},
            },
            f"$scrypt$ln=14,r=8,p=1${SALT}$ZGlnZXN0",
        ),
        (
            {
                "algorithm": "hmac",
                "hash": {
                    "value": "00ff",
                    "encoding": "hex",
                    "digest": "sha256",
                    "key": {"value": "key"},
                },
            },
            "$hmac-sha256$MDBmZg==$a2V5",
        ),
    ],
)
def test_the_hashes_of_the_bulk_import_of_auth0_are_mapped(custom, expected):
    row = map_one(
        "auth0",
        {"email": "ada@example.org", "custom_password_hash": custom},
    )

    assert row.members["password_hash"] == expected


def test_a_hash_that_cannot_be_mapped_is_lost():
    custom = {"algorithm": "md4", "hash": {"value": "x"}}

    row = map_one(
        "auth0",
        {"email": "ada@example.org", "custom_password_hash": custom},
    )

    assert (row.members, row.lost) == (
        {"email": "ada@example.org"},
        ("custom_password_hash (md4)",),
    )


def test_argon2_of_keycloak_is_mapped():
    secret = {
        "value": "BruFLfFkjH/8erZ26NnrbkOrWiZuQyDRCHD9o0R6Scg=",
        "salt": "Cf9AYCE5pAbb4CKEF0GUTA==",
    }
    data = {
        "hashIterations": 5,
        "algorithm": "argon2",
        "additionalParameters": {
            "hashLength": ["32"],
            "memory": ["7168"],
            "type": ["id"],
            "version": ["1.3"],
            "parallelism": ["1"],
        },
    }
    credential = {
        "type": "password",
        "secretData": orjson.dumps(secret).decode(),
        "credentialData": orjson.dumps(data).decode(),
    }

    row = map_one(
        "keycloak",
        {"email": "ada@example.org", "email_verified": True, "credentials": [credential]},
    )

    assert row.members["password_hash"] == (
        f"$argon2id$v=19$m=7168,t=5,p=1${secret['salt']}${secret['value']}"
    )


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_record_without_an_email_address_is_rejected(origin):
    row = map_one(origin, {"username": "ada"})

    [error] = row.errors
    assert (error.pointer, error.rule) == ("/email", "required")
    assert "every account needs one" in error.message


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("value", [7, True, "x", ["x"], {"x": 1}, [[1]], None])
def test_members_in_another_form_never_stop_the_import(origin, value):
    names = [*ORIGINS[origin].layout.columns, "Attributes", "fields", "accounts", "_id", "salt"]
    record = dict.fromkeys([*names, "custom_password_hash", "credentials"], value)

    rows = list(map_rows([Row(1, record)], Mapping(ORIGINS[origin], keep_ids=True)))

    assert len(rows) <= 1


def test_a_display_name_that_cannot_be_stored_is_lost():
    record = {"email": "ada@example.org", "email_verified": True, "name": "a\u202eb"}

    assert map_one("auth0", record).lost == ("display_name",)
