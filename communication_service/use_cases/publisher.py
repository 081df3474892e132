"""Who others hear news of mails, calls and replies from."""

SERVICE = "communication_service"
