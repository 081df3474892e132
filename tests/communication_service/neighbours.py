"""The web processes of the services that communication asks, configured for one database."""

from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask

from matching_service.app import create_app as matching_app
from matching_service.config import Config as MatchingConfig
from patient_service.app import create_app as patient_app
from patient_service.config import Config as PatientConfig
from therapist_service.app import create_app as therapist_app
from therapist_service.config import Config as TherapistConfig

_NOBODY = "http://127.0.0.1:9"


def patients(own: Mapping[str, Any], database: Any) -> Flask:
    return patient_app(
        PatientConfig(
            **own,
            database_url=database.url("patient_service"),
            geocoding_service_url=_NOBODY,
            matching_service_url=_NOBODY,
            field_encryption_key=Fernet.generate_key().decode(),
        )
    )


def therapists(own: Mapping[str, Any], database: Any) -> Flask:
    return therapist_app(
        TherapistConfig(
            **own,
            database_url=database.url("therapist_service"),
            geocoding_service_url=_NOBODY,
            matching_service_url=_NOBODY,
            mailbox_key_secret="only-for-tests",
            scraper_folder="nowhere",
        )
    )


def matching(
    own: Mapping[str, Any], database: Any, patients_url: str, therapists_url: str
) -> Flask:
    return matching_app(
        MatchingConfig(
            **own,
            database_url=database.url("matching_service"),
            patient_service_url=patients_url,
            therapist_service_url=therapists_url,
            recall_seconds=0,
        )
    )
