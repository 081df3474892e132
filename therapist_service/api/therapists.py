"""/api/v2/therapists"""

from collections.abc import Mapping
from typing import Any

from shared.auth import SERVICE
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
from therapist_service.api import schemas
from therapist_service.gateways.places import Place
from therapist_service.storage import queries
from therapist_service.storage.tables import Therapist
from therapist_service.use_cases import therapists
from therapist_service.use_cases.likely_duplicates import likely_duplicates_of
from therapist_service.use_cases.therapist_rows import Author
from therapist_service.wiring import Wiring


class Therapists(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.TherapistQuery)
    @returns(page_schema(schemas.TherapistAnswer))
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Therapeuten auflisten; mit after_id nach id geordnet, so weit limit reicht"""
        page = _page(call)
        return {**page, "data": [_shown(call, one) for one in page["data"]]}

    @roles("staff")
    @body(schemas.TherapistBody)
    @returns(schemas.TherapistCreated, 201, location="/api/v2/therapists/{id}", etag=True)
    @idempotent
    def post(self, call: Call[Wiring]) -> Any:
        """Therapeut anlegen; wer vielleicht schon da ist, steht in likely_duplicates"""
        return _with_duplicates(call, create(call, call.asked))

    def ask_neighbours(self, wiring: Wiring, body: Mapping[str, Any]) -> Place:
        return wiring.places.locate(body.get("plz"))

    def render(self, call: Call[Wiring], resource_id: str) -> Any:
        return _with_duplicates(call, therapists.read_therapist(call.session, int(resource_id)))


def _page(call: Call[Wiring]) -> dict[str, Any]:
    rows, limit = queries.therapists(call.query), call.query["limit"]
    if "after_id" in call.query:
        return read_page_by_id(call.session, rows, Therapist.id, limit)
    order = Order(Therapist.created_at, Therapist.id, call.query["sort"].startswith("-"))
    return read_page(call.session, rows, order, cursor=call.query.get("cursor"), limit=limit)


class TherapistById(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.TherapistAnswer, etag=True)
    def get(self, call: Call[Wiring], therapist_id: int) -> Any:
        """Einen Therapeuten lesen"""
        return _shown(call, therapists.read_therapist(call.session, therapist_id))

    @roles("staff")
    @body(schemas.TherapistChange, partial=True)
    @returns(schemas.TherapistAnswer, etag=True)
    @if_match
    def patch(self, call: Call[Wiring], therapist_id: int) -> Therapist:
        """Einzelne Felder ändern (JSON Merge Patch)"""
        return change(call, therapist_id)

    @roles("staff")
    @body(schemas.TherapistChange)
    @returns(schemas.TherapistAnswer, etag=True)
    @if_match
    def put(self, call: Call[Wiring], therapist_id: int) -> Therapist:
        """Einen Therapeuten ganz ersetzen"""
        call.body = {**schemas.EMPTY, **call.body}
        return change(call, therapist_id)

    @roles("staff")
    @returns(None, 204)
    @refuses("therapist-in-use")
    def delete(self, call: Call[Wiring], therapist_id: int) -> None:
        """Einen Therapeuten löschen, bei dem keine Anfrage mehr offen ist"""
        delete(call, therapist_id)


class TherapistBatchGet(Resource[Wiring]):
    @roles("staff", "service")
    @body(schemas.BatchBody)
    @returns(schemas.TherapistBatch)
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Bis zu 500 Therapeuten auf einmal lesen"""
        found = queries.therapists_by_id(call.session, call.body["ids"])
        missing = set(call.body["ids"]) - {therapist.id for therapist in found}
        return {"data": [_shown(call, one) for one in found], "missing": sorted(missing)}


class _With:
    """A therapist together with what not everybody sees of one."""

    def __init__(self, therapist: Therapist, **more: Any) -> None:
        self._therapist = therapist
        vars(self).update(more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._therapist, name)


def _shown(call: Call[Wiring], therapist: Therapist) -> Any:
    """The key of the mailbox is for services only."""
    if SERVICE in call.actor.roles:
        return _With(therapist, key_for_services=therapist.mailbox_key)
    return therapist


def _with_duplicates(call: Call[Wiring], therapist: Therapist) -> Any:
    found = likely_duplicates_of(call.session, therapist)
    return _With(therapist, likely_duplicates=found)


def create(call: Call[Wiring], place: Place) -> Therapist:
    return therapists.create_therapist(call.session, call.body, place, author(call))


def change(call: Call[Wiring], therapist_id: int) -> Therapist:
    place = call.wiring.places.locate(call.body["plz"]) if "plz" in call.body else None
    return therapists.update_therapist(
        call.session,
        therapist_id,
        call.body,
        place,
        author(call),
        expected_version=call.expected_version,
    )


def delete(call: Call[Wiring], therapist_id: int) -> None:
    open_inquiry = call.wiring.matching.open_inquiry_at(therapist_id)
    therapists.delete_therapist(call.session, therapist_id, open_inquiry, call.now)


def author(call: Call[Wiring]) -> Author:
    return Author(call.actor.name, call.now, call.wiring.mailbox_secret)
