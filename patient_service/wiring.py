"""What the doors of this service hand to its use cases besides the session."""

from dataclasses import dataclass

from patient_service.config import Config
from patient_service.gateways.matching import Matching
from patient_service.gateways.places import Places
from patient_service.storage.encrypted_text import key_ring
from shared.auth import ServiceTokens
from shared.http.service_client import ServiceClient


@dataclass(frozen=True)
class Wiring:
    places: Places
    matching: Matching


def wire(config: Config) -> Wiring:
    """Opens nothing; connections are made when they are first used."""
    key_ring.load(
        config.field_encryption_key_id,
        config.field_encryption_key,
        config.field_encryption_old_keys,
    )
    tokens = ServiceTokens(config.oidc_token_url, "patient-service", config.service_client_secret)
    return Wiring(
        places=Places(ServiceClient(config.geocoding_service_url, "geocoding-service", tokens)),
        matching=Matching(ServiceClient(config.matching_service_url, "matching-service", tokens)),
    )
