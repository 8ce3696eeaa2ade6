from typing import ClassVar

from api.core.errors import ApiError, MemberSchemas


class TooManyRows(ApiError):
    status = 413
    code = "too_many_rows"
    title = "Too many rows"
    detail = "The body has more rows than one request may import. No row was imported."
    remedy = "Send at most `max_rows` rows, and the other rows in further requests."
    member_schemas: ClassVar[MemberSchemas] = {
        "max_rows": {
            "type": "integer",
            "format": "int32",
            "maximum": 2_147_483_647,
            "minimum": 1,
            "description": "The maximum number of rows in one request",
        }
    }

    example_arguments = (10_000,)

    def __init__(self, max_rows: int) -> None:
        super().__init__()
        self.members["max_rows"] = max_rows
