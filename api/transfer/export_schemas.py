"""The models of exports, with the typed form of the query."""

from typing import NotRequired

from api.passwords.formats.notations import MAX_HASH_LENGTH
from api.users.schemas import user
from api.users.search_schemas import UserFilters, user_search
from api.web.fields import Boolean, Cursor, Integer, String
from api.web.schemas import Model, renderer

MAX_PAGE_ROWS = 10_000

exported_user = Model(
    "ExportedUser",
    {
        **user,
        "password_hash": String(
            max_length=MAX_HASH_LENGTH,
            nullable=True,
            description="The hash as it is stored. Missing without `hashes=true`, null without a "
            "password.",
        ),
    },
    description="A row of an export. An import accepts it.",
    example=user.also["examples"][0],
)

user_export = Model(
    "UserExport",
    {
        "limit": Integer(
            minimum=1,
            maximum=MAX_PAGE_ROWS,
            default=1000,
            description="The maximum number of rows on a page",
        ),
        "cursor": Cursor(previous="The header `X-Next-Cursor` of"),
        "hashes": Boolean(
            default=False,
            description="Include password hashes. This also requires the permission `users:hashes` "
            "and that the password was verified recently.",
        ),
        **{
            name: field
            for name, field in user_search.items()
            if name not in {"limit", "cursor", "sort", "count"}
        },
    },
)


class UserExport(UserFilters):
    limit: int
    cursor: NotRequired[str]
    hashes: bool


render_user = renderer(user)
