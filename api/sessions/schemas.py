from api.sessions.models import Assurance, Reason
from api.web.fields import EXAMPLE_ID, MOMENT, Choice, Flag, Identifier, Many, Moment, Text, Whole
from api.web.shapes import Model

ACCESS_TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMTkzOWU3YSJ9.c2lnbmF0dXJl"  # noqa: S105  an example
REFRESH_TOKEN = f"{EXAMPLE_ID}.{'Jq3v' * 16}"

tokens = Model(
    "Tokens",
    {
        "access_token": Text(longest=4096, required=True, examples=[ACCESS_TOKEN]),
        "token_type": Choice(["Bearer"], required=True),
        "expires_in": Whole(least=1, required=True, description="Seconds"),
        "refresh_token": Text(
            longest=101,
            required=True,
            description="Good for one exchange at `POST /api/refresh`; keep it secret",
        ),
        "refresh_expires_in": Whole(
            least=0, required=True, description="Seconds, unless it is exchanged before"
        ),
    },
    example={
        "access_token": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": 900,
        "refresh_token": REFRESH_TOKEN,
        "refresh_expires_in": 604_800,
    },
)

refresh = Model(
    "Refresh",
    {"refresh_token": Text(longest=2048, shortest=1, required=True)},
    example={"refresh_token": REFRESH_TOKEN},
)

session = Model(
    "Session",
    {
        "id": Identifier(required=True),
        "device": Text(longest=80, required=True, description="As its User-Agent tells"),
        "address": Text(longest=45, required=True, nullable=True, description="Where it began"),
        "assurance": Choice(Assurance, required=True, description="NIST SP 800-63B: `aal1`"),
        "created_at": Moment(required=True),
        "last_used_at": Moment(required=True, description="When it was last refreshed"),
        "expires_at": Moment(required=True, description="When it ends, however much it is used"),
        "ended_at": Moment(required=True, nullable=True),
        "end_reason": Choice(
            Reason,
            required=True,
            nullable=True,
            description="Sessions that were ended because a token was stolen stay in the list",
        ),
        "current": Flag(required=True, description="Whether it is the session of this request"),
    },
    example={
        "id": EXAMPLE_ID,
        "device": "Firefox on Linux",
        "address": "192.0.2.7",
        "assurance": "aal1",
        "created_at": MOMENT,
        "last_used_at": MOMENT,
        "expires_at": MOMENT,
        "ended_at": None,
        "end_reason": None,
        "current": True,
    },
)

sessions = Model("Sessions", {"items": Many(session, required=True)})

logout = Model(
    "Logout",
    {
        "scope": Choice(
            ["local", "others", "global"],
            default="local",
            description="This session, all others of yours, or all",
        )
    },
)
