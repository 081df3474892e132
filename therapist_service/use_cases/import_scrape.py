"""A scraper's file becomes therapists: who is it, what is news, and what may be written.

A bad record is reported and harms no other: each one is written under a savepoint of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.db import constraint_of, is_outage
from therapist_service.domain.identity import (
    Ambiguous,
    Identity,
    Known,
    Nobody,
    Person,
    Same,
    identify,
    identify_by_name,
)
from therapist_service.domain.listing import FIRST_LISTING, delisting, merge, relisting
from therapist_service.domain.register import Register
from therapist_service.domain.scrape import Kind, Rejection
from therapist_service.gateways.places import PENDING, Place
from therapist_service.storage import queries
from therapist_service.storage.tables import Therapist
from therapist_service.use_cases.read_scrape import ReadListing, Remark, Scrape
from therapist_service.use_cases.therapist_rows import Author, change_therapist, insert_therapist

SOURCE = "scraper"
NEW, CHANGED, UNCHANGED, REMOVED, REJECTED = OUTCOMES = (
    "new",
    "changed",
    "unchanged",
    "removed",
    "rejected",
)


@dataclass
class Report:
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    rejected: list[Rejection] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def add(self, outcome: str) -> None:
        self.counts[outcome] += 1

    def reject(self, rejection: Rejection) -> None:
        self.add(REJECTED)
        self.rejected.append(rejection)


def import_scrape(
    session: Session, scrape: Scrape, places: Mapping[str, Place], author: Author
) -> Report:
    """`places` are those of the file's postcodes; one that is missing is looked up later."""
    return _Import(session, scrape, places, author).run()


class _Refused(Exception):
    """`str()` is the reason why this record is not taken."""


class _Import:
    def __init__(
        self, session: Session, scrape: Scrape, places: Mapping[str, Place], author: Author
    ) -> None:
        self._session = session
        self._scrape = scrape
        self._places = places
        self._author = author
        self._listed = {
            one.person.name_key for one in scrape.listings if one.kind is not Kind.DELETION
        }
        self._register = Register(_known_near(session, scrape))
        identities = [self._identify(listing) for listing in scrape.listings]
        # Known before anything is written, so that all rows can be locked in one order.
        spoken_of = {one.therapist_id for one in identities if isinstance(one, Same)}
        self._rows = queries.locked_therapists(session, spoken_of)
        self._new_ids = _new_ids(session, identities.count(Nobody()))
        self._report = Report()

    def run(self) -> Report:
        for entry in self._scrape.entries:
            if isinstance(entry, Rejection):
                self._report.reject(entry)
            else:
                self._take(entry)
        return self._report

    def _take(self, listing: ReadListing) -> None:
        try:
            outcome = self._remove(listing) if _is_removal(listing) else self._keep(listing)
        except _Refused as refusal:
            self._report.reject(Rejection(listing.index, str(refusal)))
        except DBAPIError as error:
            if is_outage(error):
                raise
            reason = constraint_of(error) or type(error).__name__
            self._report.reject(Rejection(listing.index, f"unstorable: {reason}"))
        else:
            self._report.add(outcome)
            self._report.remarks.extend(listing.remarks)

    def _keep(self, listing: ReadListing) -> str:
        therapist = self._row_of(self._identify(listing))
        if therapist is None:
            self._insert(listing)
            return NEW
        changes = _news(therapist, listing)
        if not changes:
            return UNCHANGED
        place = self._place(listing) if "plz" in changes else None
        self._change(therapist, changes, place)
        return CHANGED

    def _remove(self, listing: ReadListing) -> str:
        therapist = self._row_of(self._identify(listing))
        if therapist is None:
            raise _Refused("nobody_of_this_name")
        changes = delisting(_written(therapist), self._author.today)
        if not changes:
            return UNCHANGED
        self._change(therapist, changes, None)
        return REMOVED

    def _insert(self, listing: ReadListing) -> None:
        fields = {**FIRST_LISTING, "source": SOURCE, **listing.fields}
        new_id, place = next(self._new_ids), self._place(listing)
        with self._session.begin_nested():
            therapist = insert_therapist(self._session, new_id, fields, place, self._author)
        self._rows[therapist.id] = therapist
        self._register.keep(Known(therapist.id, listing.person))

    def _change(
        self, therapist: Therapist, changes: Mapping[str, Any], place: Place | None
    ) -> None:
        with self._session.begin_nested():
            change_therapist(self._session, therapist, changes, place, self._author)
        self._register.keep(Known(therapist.id, Person.of(_written(therapist))))

    def _identify(self, listing: ReadListing) -> Identity:
        candidates = self._register.near(listing.person)
        if _is_removal(listing):
            return identify_by_name(listing.person, candidates)
        return identify(listing.person, candidates, self._listed)

    def _row_of(self, identity: Identity) -> Therapist | None:
        match identity:
            case Same(therapist_id):
                if therapist_id not in self._rows:
                    raise _Refused("changed_meanwhile")
                return self._rows[therapist_id]
            case Ambiguous(therapist_ids):
                raise _Refused(f"ambiguous: {', '.join(map(str, therapist_ids))}")
            case Nobody():
                return None

    def _place(self, listing: ReadListing) -> Place:
        return self._places.get(listing.plz, PENDING)


def _new_ids(session: Session, expected: int) -> Iterator[int]:
    """All that are expected with one question, further ones as they are needed."""
    yield from queries.next_ids(session, expected)
    while True:
        yield from queries.next_ids(session, 1)


def _known_near(session: Session, scrape: Scrape) -> list[Known]:
    persons = [listing.person for listing in scrape.listings]
    plzs = {person.plz for person in persons}
    external_ids = [
        one.fields["external_id"] for one in scrape.listings if "external_id" in one.fields
    ]
    return queries.known_near(session, plzs, external_ids)


def _is_removal(listing: ReadListing) -> bool:
    return listing.kind is Kind.DELETION


def _news(therapist: Therapist, listing: ReadListing) -> dict[str, Any]:
    known = _written(therapist)
    return {**merge(known, listing.fields), **relisting(known)}


def _written(therapist: Therapist) -> Mapping[str, Any]:
    return {column.key: getattr(therapist, column.key) for column in Therapist.__table__.columns}
