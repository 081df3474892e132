"""One key per mailbox: who shares an address shares the quiet after an answer."""

import hashlib
import hmac


def mailbox_key(
    secret: bytes, therapist_id: int, *, email: str | None, phone_e164: str | None
) -> str:
    """HMAC-SHA256 in hex over the first channel known, so that no address leaves this service.

    `email` and `phone_e164` are already normalised. Without either, the therapist stands alone.
    """
    channel = email or phone_e164 or f"therapist:{therapist_id}"
    return hmac.new(secret, channel.encode(), hashlib.sha256).hexdigest()
