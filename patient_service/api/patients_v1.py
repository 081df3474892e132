"""/api/v1/patients: the shape that old clients know. Deprecated."""

from patient_service.api import schemas
from patient_service.api.patients import change, delete
from patient_service.storage import queries
from patient_service.storage.tables import Patient
from patient_service.use_cases import patients
from patient_service.wiring import Wiring
from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.resource import Call, Resource
from shared.http.v1 import V1Message, read_v1_page


class PatientsV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.PatientV1Query)
    @returns(schemas.PatientV1Answer, many=True)
    def get(self, call: Call[Wiring]) -> list[Patient]:
        """Patienten auflisten"""
        return read_v1_page(call.session, queries.patients(call.query), Patient.id, call.query)

    @roles("staff")
    @body(schemas.PatientBody)
    @returns(schemas.PatientV1Answer, 201)
    def post(self, call: Call[Wiring]) -> Patient:
        """Patient anlegen"""
        place = call.wiring.places.locate(call.body.get("plz"))
        return patients.create_patient(
            call.session, call.body, place, actor=call.actor.name, now=call.now
        )


class PatientByIdV1(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.PatientV1Answer)
    def get(self, call: Call[Wiring], patient_id: int) -> Patient:
        """Einen Patienten lesen"""
        return patients.read_patient(call.session, patient_id)

    @roles("staff")
    @body(schemas.PatientBody, partial=True)
    @returns(schemas.PatientV1Answer)
    def put(self, call: Call[Wiring], patient_id: int) -> Patient:
        """Einzelne Felder ändern"""
        return change(call, patient_id)

    @roles("staff")
    @returns(V1Message)
    @refuses("patient-in-use")
    def delete(self, call: Call[Wiring], patient_id: int) -> dict[str, str]:
        """Einen Patienten löschen"""
        delete(call, patient_id)
        return {"message": "Patient deleted successfully"}
