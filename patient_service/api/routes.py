"""URL → resource."""

from patient_service.api.contacts import Contacts
from patient_service.api.likely_duplicates import LikelyDuplicates, LikelyDuplicatesOfPatient
from patient_service.api.patients import PatientBatchGet, PatientById, Patients
from patient_service.api.patients_v1 import PatientByIdV1, PatientsV1
from shared.http.parked_events import PARKED_EVENT_ROUTES
from shared.http.service import V1, Route

ROUTES = (
    *PARKED_EVENT_ROUTES,
    Route("/api/v2/patients", Patients),
    Route("/api/v2/patients/batch-get", PatientBatchGet),
    Route("/api/v2/patients/likely-duplicates", LikelyDuplicates),
    Route("/api/v2/patients/<id:patient_id>", PatientById),
    Route("/api/v2/patients/<id:patient_id>/likely-duplicates", LikelyDuplicatesOfPatient),
    Route("/api/v2/patients/<id:patient_id>/contacts", Contacts),
    Route(
        "/api/v1/patients",
        PatientsV1,
        aliases=("/api/patients",),
        version=V1,
        successor="/api/v2/patients",
    ),
    Route(
        "/api/v1/patients/<id:patient_id>",
        PatientByIdV1,
        aliases=("/api/patients/<id:patient_id>",),
        version=V1,
        successor="/api/v2/patients/<id:patient_id>",
    ),
)
