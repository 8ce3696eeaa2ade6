from api.core.errors import ApiError, Conflict, NotFound


class InvitationNotFound(NotFound):
    code = "invitation_not_found"
    title = "Invitation not found"
    detail = "There is no such invitation."
    remedy = "List the invitations to find the id. An old one is deleted."


class InvitationClosed(Conflict):
    code = "invitation_closed"
    title = "Invitation closed"
    detail = "The invitation has been accepted or revoked."
    remedy = "Invite the person again, if there is no account yet."


class InvalidInvitation(ApiError):
    status = 400
    code = "invalid_invitation"
    title = "Invalid invitation"
    detail = (
        "The invitation is unknown, expired, revoked, replaced or already accepted, or the user "
        "who sent it may no longer do so."
    )
    remedy = "Ask for a new invitation, and use the link in the newest mail."
