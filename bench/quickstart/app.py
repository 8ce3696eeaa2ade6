"""The packages of the service, assembled as in their quick starts, with all defaults.

The speed of the service is compared with this build, although it does less: it writes no log line,
checks no Host, ignores unknown members of a body, and does not check whether the account is
suspended.
"""

import os
from datetime import UTC, datetime
from uuid import UUID, uuid4  # noqa: TID251  as the quick starts do

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from flask import Flask, abort  # noqa: TID251
from flask_jwt_extended import JWTManager, create_access_token, get_jwt_identity, jwt_required
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_restx import Api, Resource, fields  # noqa: TID251
from flask_sqlalchemy import SQLAlchemy
from prometheus_flask_exporter import PrometheusMetrics
from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
app.config["JWT_SECRET_KEY"] = os.environ["JWT_SECRET_KEY"]
api = Api(app)
db = SQLAlchemy(app)
JWTManager(app)
PrometheusMetrics(app)
Limiter(
    get_remote_address,
    app=app,
    storage_uri=os.environ["REDIS_URL"],
    default_limits=["1000000 per minute"],
)
hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)  # the cost of the service


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251


class User(db.Model):
    __tablename__ = "quickstart_users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    username: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str | None]
    role: Mapped[str] = mapped_column(default="user")
    status: Mapped[str] = mapped_column(default="active")
    password_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


user = api.model(
    "User",
    {
        "id": fields.String,
        "username": fields.String,
        "email": fields.String,
        "display_name": fields.String,
        "role": fields.String,
        "status": fields.String,
        "created_at": fields.DateTime,
        "updated_at": fields.DateTime,
    },
)
credentials = api.model(
    "Credentials",
    {"username": fields.String(required=True), "password": fields.String(required=True)},
)


@api.route("/api/login")
class Login(Resource):
    @api.expect(credentials, validate=True)
    def post(self) -> dict[str, str]:
        account = db.session.scalar(
            db.select(User).filter_by(username=api.payload["username"])
        ) or abort(401)
        try:
            hasher.verify(account.password_hash, api.payload["password"])
        except VerificationError:
            abort(401)
        return {"access_token": create_access_token(str(account.id))}


@api.route("/api/me")
class Me(Resource):
    @jwt_required()
    @api.marshal_with(user)
    def get(self) -> User:
        return db.session.get(User, UUID(get_jwt_identity()))
