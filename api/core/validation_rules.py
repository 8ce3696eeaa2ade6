"""The catalogue of the rules that input can break.

Rules of JSON Schema have the name of their keyword, in snake case.
"""

from enum import StrEnum


class ValidationRule(StrEnum):
    """A rule that input breaks, for programs; alphabetical. New rules can be added."""

    ADDITIONAL_PROPERTIES = "additional_properties"
    ANY_OF = "any_of"
    COLUMNS = "columns"
    CONFLICT = "conflict"
    CSV = "csv"
    CURSOR = "cursor"
    EMAIL_DOMAIN = "email_domain"
    EMAIL_TAKEN = "email_taken"
    EMAIL_UNCHANGED = "email_unchanged"
    ENCODING = "encoding"
    ENUM = "enum"
    EXTERNAL_ID_TAKEN = "external_id_taken"
    FORMAT = "format"
    FUTURE = "future"
    HASH_TOO_COSTLY = "hash_too_costly"
    HASH_UNKNOWN = "hash_unknown"
    ID_TAKEN = "id_taken"
    JSON = "json"
    LAST_ADMINISTRATOR = "last_administrator"
    LINE_TOO_LONG = "line_too_long"
    MAXIMUM = "maximum"
    MAX_BYTES = "max_bytes"
    MAX_ITEMS = "max_items"
    MAX_LENGTH = "max_length"
    MEMBERS = "members"
    MINIMUM = "minimum"
    MIN_ITEMS = "min_items"
    MIN_LENGTH = "min_length"
    MIN_PROPERTIES = "min_properties"
    NO_ACCOUNT = "no_account"
    NUMBER = "number"
    ONE_OF = "one_of"
    ONLY_UPDATES = "only_updates"
    ORIGIN = "origin"
    OWN_PASSWORD = "own_password"  # noqa: S105  the name of a rule
    PASSWORD_BLOCKLISTED = "password_blocklisted"  # noqa: S105  the name of a rule
    PASSWORD_NOT_HASHED = "password_not_hashed"  # noqa: S105  the name of a rule
    PASSWORD_TOO_LONG = "password_too_long"  # noqa: S105  the name of a rule
    PASSWORD_TOO_SHORT = "password_too_short"  # noqa: S105  the name of a rule
    PASSWORD_UNCHANGED = "password_unchanged"  # noqa: S105  the name of a rule
    PAST = "past"
    PATTERN = "pattern"
    PERMISSION_DENIED = "permission_denied"
    PUBLIC_KEY = "public_key"
    REPEATED = "repeated"
    REQUIRED = "required"
    RESERVED = "reserved"
    ROLE = "role"
    TAKEN = "taken"
    TEXT = "text"
    TOO_LATE = "too_late"
    TOO_MANY_ROLES_HELD = "too_many_roles_held"
    TYPE = "type"
    UNIQUE_ITEMS = "unique_items"
    UNNAMED = "unnamed"
    UNRECOGNISED = "unrecognised"
    URL = "url"
    USERNAME = "username"
    USERNAME_TAKEN = "username_taken"
    USER_NOT_FOUND = "user_not_found"


# Rules that only imports on the command line report.
COMMAND_LINE_RULES = frozenset({ValidationRule.ONLY_UPDATES, ValidationRule.ORIGIN})

DESCRIPTIONS: dict[ValidationRule, str] = {
    ValidationRule.ADDITIONAL_PROPERTIES: "A member or parameter of this name is not known.",
    ValidationRule.ANY_OF: "At least one of the optional members is needed.",
    ValidationRule.COLUMNS: "A line of CSV has another number of cells than the header.",
    ValidationRule.CONFLICT: "The account, or an earlier row, has another value.",
    ValidationRule.CSV: "A line is not CSV, or is not in the encoding of the body.",
    ValidationRule.CURSOR: "The cursor is not from this list in this order.",
    ValidationRule.EMAIL_DOMAIN: "The domain of the e-mail address receives no mail.",
    ValidationRule.EMAIL_TAKEN: "Another account, or an earlier row, has the e-mail address.",
    ValidationRule.EMAIL_UNCHANGED: "The new e-mail address is the current one.",
    ValidationRule.ENCODING: "The query is not UTF-8.",
    ValidationRule.ENUM: "The value is not one of those that are allowed.",
    ValidationRule.EXTERNAL_ID_TAKEN: "Another account, or an earlier row, has the external id.",
    ValidationRule.FORMAT: "The text does not have the format, such as that of a date.",
    ValidationRule.FUTURE: "The timestamp is in the future.",
    ValidationRule.HASH_TOO_COSTLY: "To verify the password hash would take too long.",
    ValidationRule.HASH_UNKNOWN: "The password hash has no supported format.",
    ValidationRule.ID_TAKEN: "The id belongs to another account.",
    ValidationRule.JSON: "A line or cell is not JSON.",
    ValidationRule.LAST_ADMINISTRATOR: "The row would remove the last active administrator.",
    ValidationRule.LINE_TOO_LONG: "The line is too long.",
    ValidationRule.MAXIMUM: "The number is too large.",
    ValidationRule.MAX_BYTES: "The JSON text of the value has too many bytes.",
    ValidationRule.MAX_ITEMS: "The list has too many items.",
    ValidationRule.MAX_LENGTH: "The text has too many characters.",
    ValidationRule.MEMBERS: "The filter is not a JSON object of simple values.",
    ValidationRule.MINIMUM: "The number is too small.",
    ValidationRule.MIN_ITEMS: "The list has too few items.",
    ValidationRule.MIN_LENGTH: "The text has too few characters.",
    ValidationRule.MIN_PROPERTIES: "The object has too few members.",
    ValidationRule.NO_ACCOUNT: "There is no account that the row could update.",
    ValidationRule.NUMBER: "The database cannot store the number as it is.",
    ValidationRule.ONE_OF: "Exactly one of the members has to be given.",
    ValidationRule.ONLY_UPDATES: "The row can only update an account.",
    ValidationRule.ORIGIN: "The record has another form than exports of that system.",
    ValidationRule.OWN_PASSWORD: "The row would set the caller's own password.",
    ValidationRule.PASSWORD_BLOCKLISTED: (
        "The password is common, or contains the username, the e-mail address or the name of the "
        "service."
    ),
    ValidationRule.PASSWORD_NOT_HASHED: "An import accepts password hashes only.",
    ValidationRule.PASSWORD_TOO_LONG: "The password has too many characters.",
    ValidationRule.PASSWORD_TOO_SHORT: "The password has too few characters.",
    ValidationRule.PASSWORD_UNCHANGED: "The new password is the current one.",
    ValidationRule.PAST: "The timestamp is in the past.",
    ValidationRule.PATTERN: "The text has characters or a form that are not allowed.",
    ValidationRule.PERMISSION_DENIED: "The row needs a permission that the caller lacks.",
    ValidationRule.PUBLIC_KEY: "The member is not that of an accepted public key.",
    ValidationRule.REPEATED: "The parameter or column occurs more than once.",
    ValidationRule.REQUIRED: "The member is missing.",
    ValidationRule.RESERVED: "The id is the nil or the max UUID.",
    ValidationRule.ROLE: "There is no role of this name.",
    ValidationRule.TAKEN: "Another request imports the account at the same time.",
    ValidationRule.TEXT: "The database cannot store the text as it is.",
    ValidationRule.TOO_LATE: "The timestamp is too far in the future.",
    ValidationRule.TOO_MANY_ROLES_HELD: "The user would have too many roles.",
    ValidationRule.TYPE: "The value has another JSON type.",
    ValidationRule.UNIQUE_ITEMS: "The list repeats an item.",
    ValidationRule.UNNAMED: "A column of the header has no name.",
    ValidationRule.UNRECOGNISED: "The encoding or the format of the body is not recognised.",
    ValidationRule.URL: "The URL has a form, a port or an address that is not allowed.",
    ValidationRule.USERNAME: "The username is not used, or is another account's e-mail address.",
    ValidationRule.USERNAME_TAKEN: "Another account, or an earlier row, has the username.",
    ValidationRule.USER_NOT_FOUND: "The account does not exist any more.",
}
