"""Small markets and scenarios for tests."""

from functools import cache

import numpy as np

from matching_service.domain.snapshots import PatientSnapshot, SearchSnapshot, TherapistSnapshot
from matching_service.simulation.market import Market, invent
from matching_service.simulation.people import moment
from matching_service.simulation.scenario import Scenario, load


def small_scenario(days: int = 150) -> Scenario:
    """Sixty therapists of the dense region."""
    return load("baseline-2026").changed(
        therapists={"number": 60},
        searches={"per_day": 0.4},
        measure={"horizon": days, "from_day": 20, "censored_at": 60},
    )


@cache
def small_market(seed: int = 1) -> Market:
    return invent(small_scenario(), seed)


def isolated(searches: int, each: int, response: float, capacity: float) -> Market:
    """Every search has therapists of its own, who take whomever they are offered."""
    therapists = searches * each
    pairs = np.arange(therapists)
    return Market(
        therapists=[
            TherapistSnapshot(therapist_id=i, mailbox_id=i, status="aktiv")
            for i in range(therapists)
        ],
        searches=[
            SearchSnapshot(
                search_id=j, patient=PatientSnapshot(patient_id=j), waiting_since=moment(0.0)
            )
            for j in range(searches)
        ],
        arrival=np.zeros(searches),
        start=np.arange(therapists + 1),
        therapist=pairs,
        search=pairs // each,
        relaxation=np.zeros(therapists, np.uint8),
        suitability=np.full(therapists, 80.0),
        fit=np.ones(therapists),
        response=np.full(therapists, response),
        capacity=np.full(therapists, capacity),
    )
