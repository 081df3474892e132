"""What can be wrong with a wish about a mail that somebody writes."""

from collections.abc import Mapping


class EmailBatchNotFound(Exception):
    def __init__(self, batch_id: int) -> None:
        super().__init__(batch_id)


class WrongMailFields(Exception):
    """`codes` say by field what is wrong with its value."""

    def __init__(self, codes: Mapping[str, str]) -> None:
        super().__init__(dict(codes))
        self.codes = dict(codes)


class MailNotPossible(Exception):
    """`reason` is a code: `answered`, `of_inquiry`, `under_way`."""

    def __init__(self, email_id: int, reason: str) -> None:
        super().__init__(email_id, reason)
        self.reason = reason


class MailStale(Exception):
    def __init__(self, email_id: int) -> None:
        super().__init__(email_id)
