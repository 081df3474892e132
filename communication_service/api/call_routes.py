"""URL → resource, of phone calls."""

from typing import Any

from communication_service.api.phone_calls import (
    CompletePhoneCall,
    PhoneCallById,
    PhoneCalls,
    StartPhoneCall,
)
from communication_service.api.phone_calls_v1 import (
    PhoneCallBatchByIdV1,
    PhoneCallByIdV1,
    PhoneCallsV1,
)
from shared.http.resource import Resource
from shared.http.service import V1, Route


def _v1(path: str, resource: type[Resource[Any]], successor: str) -> Route:
    return Route(
        f"/api/v1{path}", resource, aliases=(f"/api{path}",), version=V1, successor=successor
    )


_CALLS, _CALL = "/api/v2/phone-calls", "/api/v2/phone-calls/<id:call_id>"

CALL_ROUTES = (
    Route(_CALLS, PhoneCalls),
    Route(_CALL, PhoneCallById),
    Route(f"{_CALL}/start", StartPhoneCall),
    Route(f"{_CALL}/complete", CompletePhoneCall),
    _v1("/phone-calls", PhoneCallsV1, _CALLS),
    _v1("/phone-calls/<id:call_id>", PhoneCallByIdV1, _CALL),
    _v1("/phone-call-batches/<id:batch_id>", PhoneCallBatchByIdV1, _CALLS),
)
