"""Therapists written down twice: found as …/likely-duplicates, made one by …/merge."""

import re
from collections.abc import Mapping
from typing import Any

from shared.http.declarations import body, idempotent, query, refuses, returns, roles
from shared.http.paging import page_schema
from shared.http.problems import field_error
from shared.http.resource import Call, Resource
from therapist_service.api import schemas
from therapist_service.api.therapists import author
from therapist_service.storage import records
from therapist_service.storage.tables import Therapist
from therapist_service.use_cases import likely_duplicates
from therapist_service.use_cases.likely_duplicates import LikelyPair
from therapist_service.use_cases.merge_therapists import merge_therapists, preview_merge
from therapist_service.use_cases.therapists import read_therapist
from therapist_service.wiring import Wiring


class LikelyDuplicates(Resource[Wiring]):
    @roles("staff")
    @query(schemas.PairQuery)
    @returns(page_schema(schemas.LikelyPair))
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Paare, die ein und derselbe Therapeut sein können"""
        pairs = likely_duplicates.likely_pairs(call.session, call.query["plz_prefix"])
        return _page_of(pairs, call.query.get("cursor"), call.query["limit"])

    @roles("staff")
    @body(schemas.LikenessBody)
    @returns(schemas.LikelyDuplicates)
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Wer jemand sein kann, der noch nicht angelegt ist"""
        return {"data": likely_duplicates.likely_duplicates(call.session, call.body)}


class LikelyDuplicatesOf(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.LikelyDuplicates)
    def get(self, call: Call[Wiring], therapist_id: int) -> dict[str, Any]:
        """Wer derselbe Therapeut sein kann"""
        therapist = read_therapist(call.session, therapist_id)
        return {"data": likely_duplicates.likely_duplicates_of(call.session, therapist)}


class TherapistMerge(Resource[Wiring]):
    @roles("staff")
    @body(schemas.MergeBody)
    @returns(schemas.TherapistAnswer, etag=True)
    @refuses("therapist-in-use")
    @idempotent
    def post(self, call: Call[Wiring], therapist_id: int) -> Therapist:
        """Ein Duplikat in diesen Therapeuten aufgehen lassen"""
        return merge_therapists(
            call.session,
            therapist_id,
            call.body["duplicate_id"],
            call.body["reason"],
            call.asked,
            author(call),
        )

    def ask_neighbours(self, wiring: Wiring, body: Mapping[str, Any]) -> int | None:
        return wiring.matching.open_inquiry_at(body["duplicate_id"])

    def render(self, call: Call[Wiring], resource_id: str) -> Therapist:
        return read_therapist(call.session, int(resource_id))


class MergePreview(Resource[Wiring]):
    @roles("staff")
    @body(schemas.MergeBody)
    @returns(schemas.TherapistAnswer)
    def post(self, call: Call[Wiring], therapist_id: int) -> dict[str, Any]:
        """Der Therapeut, wie er danach wäre; geschrieben wird nichts"""
        return preview_merge(call.session, therapist_id, call.body["duplicate_id"])


class MergedInto(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.MergedList)
    def get(self, call: Call[Wiring], therapist_id: int) -> dict[str, Any]:
        """Wer in diesem Therapeuten aufgegangen ist, durch wen und warum"""
        read_therapist(call.session, therapist_id)
        return {"data": records.merged_into(call.session, therapist_id)}


def _page_of(pairs: list[LikelyPair], cursor: str | None, limit: int) -> dict[str, Any]:
    after = _ids_in(cursor) if cursor else (0, 0)
    rest = [pair for pair in pairs if pair.therapist_ids > after]
    data = rest[:limit]
    following = "-".join(map(str, data[-1].therapist_ids)) if len(rest) > limit else None
    return {"data": data, "total": len(pairs), "next": following}


def _ids_in(cursor: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,10})-([0-9]{1,10})", cursor)
    if found is None:
        raise field_error("cursor", "wrong_format", "Kein Cursor dieser Liste.")
    return int(found[1]), int(found[2])
