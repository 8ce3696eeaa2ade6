"""The endpoints of invitations."""

from uuid import UUID

from api.core.keyset import Page
from api.core.permissions import Permission
from api.core.principal import Principal
from api.invitations import acceptance, schemas, search, service
from api.invitations.errors import InvalidInvitation, InvitationClosed, InvitationNotFound
from api.invitations.models import Invitation, InvitationRow
from api.mail.errors import MailUnavailable
from api.passwords.errors import PasswordCheckUnavailable
from api.registration.resources import LOGIN, REGISTRATIONS
from api.roles.errors import RoleNotFound
from api.users.errors import EmailTaken, UsernameTaken
from api.users.models import User
from api.users.schemas import user
from api.web import bodies
from api.web.headers import location, next_page
from api.web.links import Link, link_all
from api.web.restx import Namespace, Resource

INVITATIONS = "invitations"  # the name of the rate limit
CREATED = link_all(
    "get_invitation",
    "resend_invitation",
    "revoke_invitation",
    invitation_id="$response.body#/id",
)
LISTED = {
    "get_invitation": Link({"invitation_id": "$response.body#/items/0/id"}),
    "list_invitations": Link({"cursor": "$response.body#/next"}),
}

ns = Namespace(
    "invitations",
    path="/api",
    description="Invite people, who then choose their passwords themselves. It also works while "
    "registration is closed.",
)


@ns.route("/invitations")
class Invitations(Resource):
    @ns.operation(
        "list_invitations",
        query=schemas.invitation_search,
        response=schemas.invitation_page,
        permission=Permission.INVITATIONS_READ,
        headers=next_page("/api/invitations"),
        links=LISTED,
    )
    def get(self, *, query: schemas.InvitationSearch) -> Page[InvitationRow]:
        """List invitations, newest first.

        Send `next` as `cursor` with the same filter, or follow the `Link` header, until `next` is
        null. A page has at most 100 invitations. An invitation is deleted 30 days after it has
        expired, also if it was accepted or revoked.

        The list does not show whether an e-mail address has an account, except that of an
        invitation whose owner has accepted it.
        """
        return search.find(query)

    @ns.operation(
        "create_invitation",
        body=schemas.invitation_creation,
        response=schemas.invitation,
        status=201,
        permission=Permission.INVITATIONS_WRITE,
        limit=INVITATIONS,
        errors=[MailUnavailable],
        idempotent=True,
        headers=location("/api/invitations"),
        links=CREATED,
    )
    def post(self, *, body: schemas.InvitationCreation, by: Principal) -> Invitation:
        """Invite a person by e-mail.

        The mail has a link with which its receiver chooses a password, within 7 days
        (INVITATION_DAYS). Only then there is an account, with a confirmed e-mail address and the
        roles of the invitation. You see neither the link nor the password.

        The response is the same if the e-mail address already has an account; its owner then gets a
        mail that says so, and nothing changes. With `roles` you also need `roles:write`, and all
        permissions that these roles carry, now and when the invitation is accepted.

        You can create and resend 60 invitations in an hour (LIMIT_INVITATIONS_PER_USER). One e-mail
        address gets one invitation in a minute, and five in an hour. The audit log records
        `invitation.created` with the id and the roles, and not the e-mail address.
        """
        return service.create(body, by=by)


@ns.route("/invitations/<uuid:invitation_id>")
class SingleInvitation(Resource):
    @ns.operation(
        "get_invitation",
        response=schemas.invitation,
        permission=Permission.INVITATIONS_READ,
        errors=[InvitationNotFound],
    )
    def get(self, invitation_id: UUID) -> InvitationRow:
        """Read an invitation.

        `state` shows what has become of it. Once it is accepted, `user_id` is the id of the
        account. It is deleted 30 days after it has expired.
        """
        return search.read(invitation_id)

    @ns.operation(
        "revoke_invitation",
        status=204,
        permission=Permission.INVITATIONS_WRITE,
        errors=[InvitationNotFound, InvitationClosed],
    )
    def delete(self, invitation_id: UUID, *, by: Principal) -> None:
        """Revoke an invitation.

        Its link no longer works. The invitation stays in the list with the state `revoked`. One
        that is accepted cannot be revoked: delete or suspend the user instead. The audit log
        records `invitation.revoked`.
        """
        service.revoke(invitation_id, by=by)


@ns.route("/invitations/<uuid:invitation_id>/resend")
class ResentInvitation(Resource):
    @ns.operation(
        "resend_invitation",
        response=schemas.invitation,
        permission=Permission.INVITATIONS_WRITE,
        limit=INVITATIONS,
        errors=[MailUnavailable, InvitationNotFound, InvitationClosed, RoleNotFound],
        links=CREATED,
    )
    def post(self, invitation_id: UUID, *, by: Principal) -> Invitation:
        """Send an invitation again, with a new link.

        The former link no longer works, and the new one works for 7 days (INVITATION_DAYS), also if
        the invitation has expired. You become the inviter: you need all that you would need to
        create it. So you can also renew an invitation of a user who was suspended or deleted, which
        does not work otherwise.

        You can create and resend 60 invitations in an hour (LIMIT_INVITATIONS_PER_USER). One e-mail
        address gets one invitation in a minute, and five in an hour. The audit log records
        `invitation.resent`.
        """
        return service.resend(invitation_id, by=by)


@ns.route("/invitations/accept")
class AcceptedInvitation(Resource):
    @ns.operation(
        "accept_invitation",
        body=schemas.acceptance,
        prepare=acceptance.prepare,
        response=user,
        status=201,
        public=True,
        limit=REGISTRATIONS,
        max_body_bytes=bodies.MAX_CREDENTIALS_BYTES,
        errors=[InvalidInvitation, UsernameTaken, EmailTaken, PasswordCheckUnavailable],
        headers=location("/api/users"),
        links={"log_in": LOGIN},
    )
    def post(self, *, body: schemas.PreparedAcceptance) -> User:
        """Accept an invitation, and choose the password of the new account.

        No access token is needed: the token in the link of the mail is the proof. It works once,
        for 7 days (INVITATION_DAYS), and also while registration is closed
        (REGISTRATION_ENABLED). The account is active, its e-mail address is confirmed, and it has
        the roles of the invitation. Log in with `POST /api/login` next.

        The token is not used up if the password or the username breaks a rule or the username is
        taken: correct it and send the token again. The invitation is invalid if its inviter was
        suspended or deleted meanwhile or may no longer grant its roles. Other invitations to the
        same e-mail address are revoked. One IP address can send this request and registrations 20
        times in a minute together (LIMIT_REGISTER_PER_ADDRESS).

        The audit log records `user.created` and `invitation.accepted`, with the new user as the
        actor, and `role.granted` for each role, with the inviter as the actor.
        """
        return acceptance.accept(body)
