"""The member directory: invitations, joining, standing of members."""
