"""/api/v2/patients/likely-duplicates: who may be there already."""

from typing import Any

from patient_service.api import schemas
from patient_service.domain.duplicates import Person
from patient_service.use_cases.likely_duplicates import likely_duplicates, likely_duplicates_of
from patient_service.wiring import Wiring
from shared.http.declarations import body, returns, roles
from shared.http.resource import Call, Resource


class LikelyDuplicates(Resource[Wiring]):
    @roles("staff")
    @body(schemas.PersonBody)
    @returns(schemas.LikelyDuplicates)
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Vor dem Anlegen fragen, wer es vielleicht schon ist"""
        return {"data": likely_duplicates(call.session, Person(**call.body))}


class LikelyDuplicatesOfPatient(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.LikelyDuplicates)
    def get(self, call: Call[Wiring], patient_id: int) -> dict[str, Any]:
        """Wer vielleicht derselbe Patient ist"""
        return {"data": likely_duplicates_of(call.session, patient_id)}
