from api.users.schemas import ADA
from api.web.fields import Email, Password, Username
from api.web.schemas import Model

registration = Model(
    "Registration",
    {
        "username": Username(required=True),
        "email": Email(required=True),
        "password": Password(required=True),
    },
    example=ADA,
)
