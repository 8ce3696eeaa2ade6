"""The mailbox of the developer: the mails that would be sent, as pages."""
