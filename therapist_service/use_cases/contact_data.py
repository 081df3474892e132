"""Email addresses as people write them, in the form in which they can be compared."""

from shared.contracts.mail_address import is_mail_address


def email_address(written: str | None) -> str | None:
    """None when there is nothing to write to; case is dropped, practices share one mailbox."""
    address = (written or "").strip().lower().removeprefix("mailto:")
    return address if is_mail_address(address) else None
