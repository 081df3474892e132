"""What can be wrong with a wish about a call."""


class CallNotFound(Exception):
    def __init__(self, call_id: int) -> None:
        super().__init__(call_id)


class BatchNotFound(Exception):
    def __init__(self, batch_id: int) -> None:
        super().__init__(batch_id)


class CallNotPossible(Exception):
    """`reason` is a code: the call's status, or why nobody can be called about this."""

    def __init__(self, call_id: int, reason: str) -> None:
        super().__init__(call_id, reason)
        self.reason = reason


class WrongCallField(Exception):
    """`code` says what is wrong with the value of `field`."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(field, code)
        self.field = field
        self.code = code
