"""Staff at the phone: plans are made by the worker's job, calls by HTTP, and matching is real."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select, text

from communication_service.jobs.plan_calls import plan_calls, replan_missed_calls
from communication_service.storage.call_tables import CallFollowUp, PhoneCall
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker

CALLS = "/api/v2/phone-calls"
ALL_DAY = {
    day: [{"start": "00:00", "end": "23:59"}]
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
}
REACHABLE: dict[str, Any] = {
    "telefon": "0221 4710123",
    "telefonische_erreichbarkeit": ALL_DAY,
}


def silent_inquiry(around: Neighbourhood, worker: SteppedWorker, **therapist: Any) -> int:
    """Its mail went out two weeks ago."""
    facts = {"email": "praxis@example.org", **REACHABLE, **therapist}
    bundle_id = around.draft(around.therapist(**facts))
    send(around, worker, bundle_id)
    backdate_mail(worker, bundle_id, days=14)
    return bundle_id


def send(around: Neighbourhood, worker: SteppedWorker, bundle_id: int) -> None:
    """Until its mail is out, or its first call planned."""
    around.send(bundle_id)
    worker.round()
    hear_each_other(around, worker)


def hear_each_other(around: Neighbourhood, worker: SteppedWorker) -> None:
    worker.tell()
    around.let_matching_hear()
    around.carry_news()
    worker.hear()


def backdate_mail(worker: SteppedWorker, bundle_id: int, days: int) -> None:
    """Nobody's clock is turned, because the law has one of its own."""
    with worker.database.transaction() as session:
        moved = (
            "UPDATE emails SET sent_at = sent_at - :days,"
            " handed_over_at = handed_over_at - :days WHERE bundle_id = :id"
        )
        session.execute(text(moved), {"days": timedelta(days=days), "id": bundle_id})


@dataclass
class PhoneDesk:
    api: FlaskClient
    worker: SteppedWorker
    around: Neighbourhood

    def hear(self) -> None:
        hear_each_other(self.around, self.worker)

    def send(self, bundle_id: int) -> None:
        send(self.around, self.worker, bundle_id)

    def silent_inquiry(self, **therapist: Any) -> int:
        return silent_inquiry(self.around, self.worker, **therapist)

    def two_weeks_later(self, bundle_id: int, days: int = 14) -> None:
        backdate_mail(self.worker, bundle_id, days)

    def plan(self) -> int:
        return plan_calls(self.worker.database, self.worker.wiring, self.now())

    def replan(self) -> int:
        return replan_missed_calls(self.worker.database, self.worker.wiring, self.now())

    def due_now(self, bundle_id: int) -> None:
        """The wait before the next attempt is over."""
        with self.worker.database.transaction() as session:
            follow_up = session.get(CallFollowUp, bundle_id)
            assert follow_up is not None
            follow_up.not_before = None

    def day_goes_by(self, call_id: int) -> None:
        """Nobody made the call, or nobody said what came of it."""
        with self.worker.database.transaction() as session:
            earlier = "lower(slot) - :day, upper(slot) - :day"
            moved = (
                f"UPDATE phone_calls SET slot = tstzrange({earlier}),"
                " started_at = started_at - :day WHERE id = :id"
            )
            session.execute(text(moved), {"id": call_id, "day": timedelta(days=1)})

    def calls(self, bundle_id: int) -> list[PhoneCall]:
        rows = select(PhoneCall).where(PhoneCall.bundle_id == bundle_id).order_by(PhoneCall.id)
        with self.worker.database.transaction() as session:
            return list(session.scalars(rows))

    def only_call(self, bundle_id: int) -> PhoneCall:
        [call] = self.calls(bundle_id)
        return call

    def follow_up(self, bundle_id: int) -> CallFollowUp | None:
        with self.worker.database.transaction() as session:
            return session.get(CallFollowUp, bundle_id)

    def start(self, call_id: int, status: int = 200) -> Any:
        answer = self.api.post(f"{CALLS}/{call_id}/start")
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    def complete(self, call_id: int, outcome: str, status: int = 200, **more: Any) -> Any:
        answer = self.api.post(f"{CALLS}/{call_id}/complete", json={"outcome": outcome, **more})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    def plan_old(self, therapist_id: int, requests: Sequence[int] = ()) -> int:
        """As an old client does it, about no inquiry."""
        wanted = {"therapist_id": therapist_id, "placement_request_ids": list(requests)}
        answer = self.api.post("/api/v1/phone-calls", json=wanted)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return int(answer.get_json()["id"])

    def answers(self, bundle_id: int, outcome: str = "rejected_capacity") -> list[dict[str, Any]]:
        """The same about everybody."""
        everybody = self.around.searches_in(bundle_id)
        return [{"search_id": search, "outcome": outcome} for search in everybody]

    def bundle(self, bundle_id: int) -> Any:
        return self.around.get(f"{self.around.matching}/api/v2/therapist-bundles/{bundle_id}")

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)
