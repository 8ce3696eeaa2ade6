"""The settings of API keys, of OAuth 2.0 and of webhooks."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from api.config.declarations import setting
from api.config.kinds import BaseUrl, Rate, check_network, split_list
from api.config.mail_fields import MailFields

Networks = Annotated[
    tuple[Annotated[str, AfterValidator(check_network)], ...], NoDecode, BeforeValidator(split_list)
]
Urls = Annotated[tuple[BaseUrl, ...], NoDecode, BeforeValidator(split_list)]
SECONDS_OF_UNIT = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


class MachineFields(MailFields):
    api_key_max_days: Annotated[int, Field(ge=0, le=3650)] = setting(
        "How long an API key of a user may be valid, in days. 0 sets no limit: then it need not "
        "expire. Those of service accounts need not.",
        365,
        section="Programs",
    )
    limit_per_api_key: Rate = setting(
        "Requests with one API key, unless it has a limit of its own.", "600 per minute"
    )
    limit_invalid_api_keys_per_address: Rate = setting(
        "Requests with API keys that are not valid, from one IP address. Valid keys are not "
        "counted, so programs behind the same address are not affected.",
        "30 per minute",
    )
    limit_tokens_per_address: Rate = setting(
        "Requests of service accounts for tokens, from one IP address.", "60 per minute"
    )
    oauth_resources: Urls = setting(
        "The URLs of your services for which service accounts may request access tokens (RFC "
        "8707). The audience of such a token is the URL.",
        (),
    )
    webhook_private_networks: Networks = setting(
        "The networks inside which webhooks may be delivered, such as `10.20.0.0/16`; there also "
        "by `http`. All other addresses that are not public are rejected.",
        (),
    )
    webhook_disable_days: Annotated[int, Field(ge=1, le=30)] = setting(
        "After how many days without one success a webhook is disabled.", 5
    )

    @property
    def api_key_max_requests_per_minute(self) -> int:
        """Return what LIMIT_PER_API_KEY allows in a minute; a key can have a lower limit."""
        number, _, unit = self.limit_per_api_key.split(" ")
        return max(1, int(number) * 60 // SECONDS_OF_UNIT[unit])
