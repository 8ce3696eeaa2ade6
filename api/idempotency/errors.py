from api.core.errors import ApiError, Conflict


class KeyMalformed(ApiError):
    status = 400
    code = "idempotency_key_malformed"
    title = "Idempotency key malformed"
    detail = (
        "The Idempotency-Key must be 1 to 255 visible ASCII characters, with or without quotes."
    )
    remedy = 'Send one key, for example a UUID in quotes: `Idempotency-Key: "8e03978e-…"`.'


class KeyInUse(Conflict):
    code = "idempotency_key_in_use"
    title = "Idempotency key in use"
    detail = "The first request with this Idempotency-Key is not finished yet."
    remedy = "Wait a second and send the same request with the same key again."


class KeyReused(ApiError):
    status = 422
    code = "idempotency_key_reused"
    title = "Idempotency key reused"
    detail = "This Idempotency-Key was used with another request."
    remedy = "Use a new key for a new request. Send a key again only with the same request."
