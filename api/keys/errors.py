from datetime import timedelta
from math import ceil

from api.core.errors import Conflict, NotFound


class KeyNotFound(NotFound):
    code = "key_not_found"
    title = "Key not found"
    detail = "There is no such signing key."
    remedy = "List the keys with `rollbook keys list`."


class KeyTooNew(Conflict):
    code = "key_too_new"
    title = "Key too new"
    detail = "The next key was published too recently: some verifiers may not know it yet."
    remedy = "Wait 10 minutes, or use `--now`: verifiers may then reject tokens for some minutes."
    example_arguments = (timedelta(minutes=10),)

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        minutes = ceil(wait / timedelta(minutes=1))
        self.detail = (
            f"{type(self).detail} Wait {minutes} min, or use `--now`: verifiers may then reject "
            "tokens for some minutes."
        )
