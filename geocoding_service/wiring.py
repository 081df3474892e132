"""What the doors of this service hand to its use cases."""

from dataclasses import dataclass

from geocoding_service.gateways.postcodes import Postcodes, load_postcodes


@dataclass(frozen=True)
class Wiring:
    postcodes: Postcodes


def wire() -> Wiring:
    """Reads the postcodes, so that forked web workers share them."""
    return Wiring(load_postcodes())
