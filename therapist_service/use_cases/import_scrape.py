"""Some records of a scraper's file become therapists: who is it, what is news, what may be written.

A bad record is reported and harms no other. All are written together under one savepoint; when
the database refuses, they are written in halves, down to the record that fails under its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.db import constraint_of, is_outage
from shared.events.outbox import News, publish_all
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
from therapist_service.use_cases.therapist_rows import (
    SERVICE,
    Author,
    changed,
    columns_of,
    drafted,
    news_of,
)

SOURCE = "scraper"
NEW, CHANGED, UNCHANGED, REMOVED, REJECTED = OUTCOMES = (
    "new",
    "changed",
    "unchanged",
    "removed",
    "rejected",
)


OLDER, MERGED = "older_than_what_is_known", "merged_into"


@dataclass
class Report:
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    rejected: list[Rejection] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def add(self, outcome: str, remarks: Iterable[Remark] = ()) -> None:
        self.counts[outcome] += 1
        self.remarks.extend(remarks)

    def reject(self, rejection: Rejection) -> None:
        self.add(REJECTED)
        self.rejected.append(rejection)


@dataclass(frozen=True)
class Origin:
    """The file that the records are from, when it was written, and the places of its postcodes."""

    scrape: Scrape
    written_at: datetime
    places: Mapping[str, Place]

    def place_of(self, listing: ReadListing) -> Place:
        return self.places.get(listing.plz, PENDING)


def import_records(
    session: Session, origin: Origin, entries: Sequence[ReadListing | Rejection], author: Author
) -> Report:
    """A place that is missing is looked up later."""
    report = Report()
    for entry in entries:
        if isinstance(entry, Rejection):
            report.reject(entry)
    listings = [entry for entry in entries if isinstance(entry, ReadListing)]
    _Records(session, origin, listings, author, report).take(listings)
    report.rejected.sort(key=lambda rejection: rejection.index)
    report.remarks.sort(key=lambda remark: remark.index)
    return report


@dataclass(frozen=True)
class _Taken:
    outcome: str
    remarks: tuple[Remark, ...] = ()


class _Records:
    def __init__(
        self,
        session: Session,
        origin: Origin,
        listings: Sequence[ReadListing],
        author: Author,
        report: Report,
    ) -> None:
        self._session = session
        self._origin = origin
        self._author = author
        self._report = report
        self._register = Register(_known_near(session, listings))
        identities = [self._identify(listing) for listing in listings]
        # Known before anything is written, so that all rows can be locked in one order.
        spoken_of = {
            one.therapist_id for one in identities if isinstance(one, Same) and not one.former
        }
        self._rows = queries.locked_therapists(session, spoken_of)
        self._new_ids = queries.next_ids(session, identities.count(Nobody()))[::-1]
        self._news: list[News] = []
        self._listed: set[int] = set()

    def take(self, listings: Sequence[ReadListing]) -> None:
        before = self._register.copy(), dict(self._rows)
        try:
            with self._session.begin_nested():
                results = self._write(listings)
        except DBAPIError as error:
            if is_outage(error):
                raise
            self._register, self._rows = before
            self._take_in_parts(listings, error)
        else:
            for listing, result in zip(listings, results, strict=True):
                self._enter(listing, result)

    def _take_in_parts(self, listings: Sequence[ReadListing], error: DBAPIError) -> None:
        if len(listings) == 1:
            reason = constraint_of(error) or type(error).__name__
            self._report.reject(Rejection(listings[0].index, f"unstorable: {reason}"))
            return
        middle = len(listings) // 2
        self.take(listings[:middle])
        self.take(listings[middle:])

    def _enter(self, listing: ReadListing, result: _Taken | Rejection) -> None:
        if isinstance(result, Rejection):
            self._report.reject(result)
        else:
            self._report.add(result.outcome, (*listing.remarks, *result.remarks))

    def _write(self, listings: Sequence[ReadListing]) -> list[_Taken | Rejection]:
        self._news, self._listed = [], set()
        results = [self._decide(listing) for listing in listings]
        self._session.flush()
        publish_all(self._session, SERVICE, self._news, self._author.now)
        queries.mark_listed(self._session, self._listed, self._origin.written_at)
        return results

    def _decide(self, listing: ReadListing) -> _Taken | Rejection:
        match self._identify(listing):
            case Ambiguous(therapist_ids):
                return _refused(listing, f"ambiguous: {', '.join(map(str, therapist_ids))}")
            case Nobody() if _is_removal(listing):
                return _refused(listing, "nobody_of_this_name")
            case Nobody():
                return self._insert(listing)
            case Same(therapist_id, former=True):
                return _Taken(UNCHANGED, (Remark(listing.index, MERGED, str(therapist_id)),))
            case Same(therapist_id) if therapist_id in self._rows:
                return self._update(self._rows[therapist_id], listing)
            case Same():
                return _refused(listing, "changed_meanwhile")

    def _insert(self, listing: ReadListing) -> _Taken:
        fields = {**FIRST_LISTING, "source": SOURCE, **listing.fields}
        place = self._origin.place_of(listing)
        therapist = drafted(self._new_id(), fields, place, self._author)
        therapist.listed_at = self._origin.written_at
        self._session.add(therapist)
        self._rows[therapist.id] = therapist
        self._tell("created", therapist, listing.person)
        return _Taken(NEW)

    def _update(self, therapist: Therapist, listing: ReadListing) -> _Taken:
        if therapist.listed_at and therapist.listed_at > self._origin.written_at:
            return _Taken(UNCHANGED, (Remark(listing.index, OLDER),))
        self._listed.add(therapist.id)
        changes = self._changes(therapist, listing)
        if not changes:
            return _Taken(UNCHANGED)
        place = self._origin.place_of(listing) if "plz" in changes else None
        moment = changed(self._session, therapist, changes, place, self._author)
        self._tell(moment, therapist, Person.of(columns_of(therapist)))
        return _Taken(REMOVED if _is_removal(listing) else CHANGED)

    def _changes(self, therapist: Therapist, listing: ReadListing) -> Mapping[str, Any]:
        known = columns_of(therapist)
        if _is_removal(listing):
            return delisting(known, self._author.today)
        return {**merge(known, listing.fields), **relisting(known)}

    def _tell(self, moment: str, therapist: Therapist, person: Person) -> None:
        self._news.append(news_of(moment, therapist))
        self._register.keep(Known(therapist.id, person))

    def _new_id(self) -> int:
        """All that were expected came with one question, further ones as they are needed."""
        return self._new_ids.pop() if self._new_ids else queries.next_ids(self._session, 1)[0]

    def _identify(self, listing: ReadListing) -> Identity:
        candidates = self._register.near(listing.person)
        if _is_removal(listing):
            return identify_by_name(listing.person, candidates)
        return identify(listing.person, candidates, self._origin.scrape.listed)


def _known_near(session: Session, listings: Sequence[ReadListing]) -> list[Known]:
    plzs = {listing.plz for listing in listings}
    external_ids = [one.fields["external_id"] for one in listings if "external_id" in one.fields]
    return queries.known_near(session, plzs, external_ids)


def _is_removal(listing: ReadListing) -> bool:
    return listing.kind is Kind.DELETION


def _refused(listing: ReadListing, reason: str) -> Rejection:
    return Rejection(listing.index, reason)
