"""/api/v2/patients"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patient_service.api import schemas
from patient_service.gateways.places import Place
from patient_service.storage import queries
from patient_service.storage.tables import Patient
from patient_service.use_cases import patients
from patient_service.use_cases.likely_duplicates import LikelyDuplicate, likely_duplicates_of
from patient_service.wiring import Wiring
from shared.http.declarations import (
    body,
    idempotent,
    if_match,
    query,
    refuses,
    returns,
    roles,
)
from shared.http.paging import Order, page_schema, read_page, read_page_by_id
from shared.http.resource import Call, Resource


@dataclass(frozen=True)
class Registered:
    patient: Patient
    likely_duplicates: Sequence[LikelyDuplicate]

    @property
    def id(self) -> int:
        return self.patient.id


class Patients(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.PatientQuery)
    @returns(page_schema(schemas.PatientAnswer))
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Patienten auflisten; mit after_id nach id geordnet"""
        return _page(call)

    @roles("staff")
    @body(schemas.PatientBody)
    @returns(schemas.RegisteredPatient, 201, location="/api/v2/patients/{id}", etag=True)
    @idempotent
    def post(self, call: Call[Wiring]) -> Registered:
        """Patient anlegen; sagt, wer es vielleicht schon ist"""
        patient = patients.create_patient(
            call.session, call.body, call.asked, actor=call.actor.name, now=call.now
        )
        return _registered(call, patient)

    def ask_neighbours(self, wiring: Wiring, body: Mapping[str, Any]) -> Place:
        return wiring.places.locate(body.get("plz"))

    def render(self, call: Call[Wiring], resource_id: str) -> Registered:
        return _registered(call, patients.read_patient(call.session, int(resource_id)))


def _registered(call: Call[Wiring], patient: Patient) -> Registered:
    return Registered(patient, likely_duplicates_of(call.session, patient.id))


def _page(call: Call[Wiring]) -> dict[str, Any]:
    rows, limit = queries.patients(call.query), call.query["limit"]
    if "after_id" in call.query:
        return read_page_by_id(call.session, rows, Patient.id, limit)
    order = Order(Patient.created_at, Patient.id, call.query["sort"].startswith("-"))
    return read_page(call.session, rows, order, cursor=call.query.get("cursor"), limit=limit)


class PatientById(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.PatientAnswer, etag=True)
    def get(self, call: Call[Wiring], patient_id: int) -> Patient:
        """Einen Patienten lesen"""
        return patients.read_patient(call.session, patient_id)

    @roles("staff")
    @body(schemas.PatientChange, partial=True)
    @returns(schemas.PatientAnswer, etag=True)
    @if_match
    @refuses("active-search-exists")
    def patch(self, call: Call[Wiring], patient_id: int) -> Patient:
        """Einzelne Felder ändern (JSON Merge Patch)"""
        return change(call, patient_id)

    @roles("staff")
    @body(schemas.PatientChange)
    @returns(schemas.PatientAnswer, etag=True)
    @if_match
    @refuses("active-search-exists")
    def put(self, call: Call[Wiring], patient_id: int) -> Patient:
        """Einen Patienten ganz ersetzen"""
        call.body = schemas.whole(call.body)
        return change(call, patient_id)

    @roles("staff")
    @returns(None, 204)
    @refuses("patient-in-use")
    def delete(self, call: Call[Wiring], patient_id: int) -> None:
        """Einen Patienten löschen, den keine Platzsuche mehr braucht"""
        delete(call, patient_id)


class PatientBatchGet(Resource[Wiring]):
    @roles("staff", "service")
    @body(schemas.BatchBody)
    @returns(schemas.PatientBatch)
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Bis zu 500 Patienten auf einmal lesen"""
        found = queries.patients_by_id(call.session, call.body["ids"])
        missing = set(call.body["ids"]) - {patient.id for patient in found}
        return {"data": found, "missing": sorted(missing)}


def change(call: Call[Wiring], patient_id: int) -> Patient:
    """Asks the neighbours first, so that no transaction waits for another service."""
    place = call.wiring.places.locate(call.body["plz"]) if "plz" in call.body else None
    return patients.update_patient(
        call.session,
        patient_id,
        call.body,
        place,
        _unfinished_search(call, patient_id),
        expected_version=call.expected_version,
        actor=call.actor.name,
        now=call.now,
    )


def _unfinished_search(call: Call[Wiring], patient_id: int) -> patients.UnfinishedSearch:
    """Asked for whenever a status comes, and looked at when it is another."""
    if "status" not in call.body:
        return lambda: None
    return call.wiring.matching.ask_about(patient_id).unfinished_search


def delete(call: Call[Wiring], patient_id: int) -> None:
    unfinished = call.wiring.matching.unfinished_search_of(patient_id)
    patients.delete_patient(call.session, patient_id, unfinished, call.now)
