"""Links to the pages that need no account: signed, for one purpose, good for some weeks."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from communication_service.domain.answer_links import (
    OPT_OUT_DAYS,
    LinkClaim,
    LinkPurpose,
    link_claim,
)

ANSWER_PATH = "/answer"
OPT_OUT = "opt-out"
_LONGEST_TOKEN = 400


class LinkedInquiry(Protocol):
    @property
    def bundle_id(self) -> int: ...
    @property
    def therapist_id(self) -> int: ...
    @property
    def mailbox_key(self) -> str: ...


@dataclass(frozen=True)
class MailedInquiry:
    bundle_id: int
    therapist_id: int
    mailbox_key: str


class AnswerLinks:
    """Signs with the last of `keys` and knows those that the earlier ones have signed."""

    def __init__(self, base_url: str, keys: Sequence[str], answer_days: int) -> None:
        self._base_url = base_url
        self._days = {LinkPurpose.ANSWER: answer_days, LinkPurpose.OPT_OUT: OPT_OUT_DAYS}
        self._serializers = {purpose: _serializer(keys, purpose) for purpose in LinkPurpose}

    def answer_link(self, inquiry: LinkedInquiry, now: datetime) -> str:
        """Where the practice may answer, counted from the day on which the letter is written."""
        return f"{self._base_url}{answer_path(self._token(LinkPurpose.ANSWER, inquiry, now))}"

    def opt_out_link(self, inquiry: LinkedInquiry, now: datetime) -> str:
        """A page to be confirmed; a POST to it opts out at once (RFC 8058, one click)."""
        token = self._token(LinkPurpose.OPT_OUT, inquiry, now)
        return f"{self._base_url}{opt_out_path(token)}"

    def opt_out_token(self, claim: LinkClaim) -> str:
        """For somebody who has shown the other link; good for as long as that one."""
        return self._signed(LinkPurpose.OPT_OUT, claim)

    def claim_of(self, token: str, purpose: LinkPurpose) -> LinkClaim | None:
        """None: we have not signed this, or not for this."""
        if len(token) > _LONGEST_TOKEN or not _is_canonical(token):
            return None
        try:
            bundle_id, therapist_id, mailbox, day = self._serializers[purpose].loads(token)
        except BadData:
            return None
        return LinkClaim(bundle_id, therapist_id, mailbox, date.fromordinal(day))

    def _token(self, purpose: LinkPurpose, inquiry: LinkedInquiry, now: datetime) -> str:
        key, days = inquiry.mailbox_key, self._days[purpose]
        claim = link_claim(inquiry.bundle_id, inquiry.therapist_id, key, days, now)
        return self._signed(purpose, claim)

    def _signed(self, purpose: LinkPurpose, claim: LinkClaim) -> str:
        told = [claim.bundle_id, claim.therapist_id, claim.mailbox, claim.good_until.toordinal()]
        token = self._serializers[purpose].dumps(told)
        return token if isinstance(token, str) else token.decode()


def answer_path(token: str) -> str:
    return f"{ANSWER_PATH}/{token}"


def opt_out_path(token: str) -> str:
    return f"{ANSWER_PATH}/{token}/{OPT_OUT}"


def _serializer(keys: Sequence[str], purpose: LinkPurpose) -> URLSafeSerializer:
    signing = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(list(keys), salt=f"therapist-{purpose}", signer_kwargs=signing)


def _is_canonical(token: str) -> bool:
    """Base64 leaves bits unused at its end: without this some other tokens would do as well."""
    signature = token.rpartition(".")[2]
    try:
        return base64_encode(base64_decode(signature)).decode() == signature
    except (BadData, ValueError):
        return False
