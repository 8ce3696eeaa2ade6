"""The endpoints of the caller's own account."""

from api.core.errors import SessionRequired, StepUpRequired
from api.core.etags import ExpectedVersion
from api.core.principal import Principal
from api.users import change_schemas, own_deletion, schemas, service
from api.users.errors import LastAdministrator, UsernameTaken
from api.users.models import Profile, User
from api.users.resources import ns
from api.web.links import Link, link_all
from api.web.restx import Resource

__all__ = ["ns"]

OWN = {
    "update_me": Link({"If-Match": "$response.header.ETag"}),
    **link_all("get_user", "list_user_sessions", user_id="$response.body#/id"),
}


@ns.route("/me")
class Me(Resource):
    @ns.operation(
        "get_me",
        authenticated=True,
        accepts_programs=True,
        allow_temporary_password=True,
        allow_unverified_email=True,
        response=schemas.user,
        versioned=True,
        errors=[SessionRequired],
        links=OWN,
    )
    def get(self, *, by: Principal) -> Profile:
        """Read your own account.

        Call it after the login to learn your id, your roles and whether you must change your
        password. With `If-None-Match` the response is 304 while the account is unchanged.
        `PATCH /api/me` changes it.

        With an API key it returns the account of the user who owns the key. A service account is no
        user, so with its credentials the error is `session_required`. To try them, use
        `GET /api/protected`.
        """
        return service.read_own(by=by)

    @ns.operation(
        "update_me",
        authenticated=True,
        body=change_schemas.profile_patch,
        response=schemas.user,
        errors=[UsernameTaken],
        versioned=True,
    )
    def patch(
        self, *, body: change_schemas.ProfilePatch, by: Principal, if_match: ExpectedVersion
    ) -> User:
        """Change your own username, display name or metadata.

        Members that are left out stay as they are. `user_metadata` is replaced as a whole: read it,
        change it and send all of it, with the ETag in `If-Match`. It has at most 16 KiB. Your
        roles and `app_metadata` are changed by administrators, the password with
        `POST /api/me/password`, the e-mail address with `POST /api/me/email`.

        A new username works at the next login; the old one is free for other users. The audit log
        records `user.updated` with the names of the members that changed.
        """
        return service.update(by.id, body, by=by, if_match=if_match)

    @ns.operation(
        "delete_me",
        authenticated=True,
        allow_unverified_email=True,
        status=204,
        errors=[StepUpRequired, LastAdministrator],
        versioned=True,
    )
    def delete(self, *, by: Principal, if_match: ExpectedVersion) -> None:
        """Delete your own account.

        Your password must have been verified within the last 10 minutes (STEP_UP_SECONDS):
        otherwise send `POST /api/me/reauthenticate` first. All your sessions end at once, your API
        keys are revoked, and your username and e-mail address are free for other users. You get a
        mail with the day on which the account is erased, and with a link that undoes the deletion
        for 14 days (OWN_DELETION_DAYS); an administrator can restore it as well. Then it is erased,
        and you get a last mail. The audit events stay, with the id alone.

        The last active administrator cannot be deleted. The audit log records `user.deleted`.
        """
        own_deletion.schedule(by=by, if_match=if_match)
