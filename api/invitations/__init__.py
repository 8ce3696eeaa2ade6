"""Invitations: administrators invite people, who choose their passwords themselves."""
