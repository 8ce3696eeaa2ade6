"""What an import has to know of a password hash of another system."""

from api.passwords.formats.firebase import make_firebase_text
from api.passwords.formats.keys import add_pepper, has_pepper
from api.passwords.formats.problems import HashProblem
from api.passwords.formats.wordpress import make_wordpress_text
from api.passwords.hashing import PasswordHashing, current_hashing

__all__ = [
    "add_pepper",
    "explain_mismatch",
    "find_hash_problem",
    "find_hash_warning",
    "has_pepper",
    "make_firebase_text",
    "make_wordpress_text",
]


def find_hash_problem(password_hash: str) -> HashProblem | None:
    """Return why a hash cannot be imported, or None if it can."""
    return current_hashing().find_problem(password_hash)


def find_hash_warning(password_hash: str) -> str | None:
    """Return why a hash that can be imported is weak, or None if it is not."""
    return current_hashing().find_warning(password_hash)


def explain_mismatch(
    password_hash: str, password: str, hashing: PasswordHashing | None = None
) -> str | None:
    """Return why a user with this hash cannot log in with the password, or None if they can.

    ``hashing`` is needed without an application.

    Raises:
        Overloaded: too many hashes wait, or there is not enough memory.
    """
    hashing = hashing or current_hashing()
    if problem := hashing.find_problem(password_hash):
        return f"The hash {problem.message}."
    if hashing.verify(password_hash, password):
        return None
    if pepper_id := _find_matching_pepper(hashing, password_hash, password):
        return f"The password matches only with the pepper {pepper_id}. Import with that pepper."
    return (
        f"The hash is {hashing.describe(password_hash)}. It is of another password, "
        "or the other system changed passwords before it hashed them, for example with a pepper."
    )


def _find_matching_pepper(
    hashing: PasswordHashing, password_hash: str, password: str
) -> str | None:
    """Return the id of the pepper with which the password matches."""
    if has_pepper(password_hash):
        return None
    matching = (
        pepper_id
        for pepper_id in hashing.keys.peppers
        if hashing.verify(add_pepper(password_hash, pepper_id), password)
    )
    return next(matching, None)
