from api.core.errors import Conflict, NotFound, Unavailable


class SigningKeyLocked(Unavailable):
    code = "signing_key_locked"
    title = "Signing key locked"
    detail = "The key that signs tokens cannot be decrypted."
    remedy = (
        "The operator has changed ENCRYPTION_KEY and has yet to run `rollbook keys rotate --now`."
    )


class KeyNotFound(NotFound):
    code = "key_not_found"
    title = "Key not found"
    detail = "There is no such signing key."
    remedy = "List the keys with `rollbook keys list`."


class KeyTooNew(Conflict):
    code = "key_too_new"
    title = "Key too new"
    detail = "The next key has not been published for long enough to be known to all verifiers."
    remedy = "Wait until their caches have expired, or use `--now`; some tokens are rejected then."
