"""Therapists in and out, v1 and v2 alike."""

import re
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from shared.contracts.contact_news import ContactKind
from shared.http.fields import (
    Choice,
    Day,
    Decimal,
    Diagnosis,
    Flag,
    Identifier,
    Instant,
    MailAddress,
    PhoneNumber,
    Postcode,
    Schedule,
    Text,
    Whole,
    WholeWord,
    invalid,
)
from shared.http.paging import DEFAULT_LIMIT, LARGEST_LIMIT, PageQuery
from shared.http.search import SearchWords
from shared.http.v1 import V1PageQuery
from therapist_service.domain import therapist as words
from therapist_service.domain.contacts import Channel, Direction
from therapist_service.domain.duplicates import Because

LARGEST_BATCH = 500
_LARGEST_ID = 2**31 - 1
_OLDEST = 120
_LONG = 10_000
_LONGEST = 50_000  # notes of merged therapists are kept one below the other
_MOST_WORDS = 100
_FEW = validate.Length(max=_MOST_WORDS)
_PLACE_STATUSES = ("exact", "approximate", "pending", "unknown")


class WebAddress(Text):
    """A page that a browser can open safely; a bare host is completed, the empty string means
    none."""

    _PAGE = re.compile(r"https?://[\w-]+(\.[\w-]+)+(:[0-9]{1,5})?([/?#]\S*)?", re.IGNORECASE)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(500, **kwargs)
        self.metadata = {"anyOf": [{"format": "uri"}, {"maxLength": 0}], **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        written = super()._deserialize(value, attr, data, **kwargs)
        address = written if "://" in written or not written else f"https://{written}"
        if address and not self._PAGE.fullmatch(address):
            raise invalid(
                "wrong_format", "Keine Webseite (Beispiel: https://praxis-muster.example)."
            )
        return address


class OptOutBody(Schema):
    """Since when, and on which way, a therapist wants to hear nothing from us."""

    date = Day(required=True)
    channel = Choice(words.OptOutChannel, required=True)

    @post_load
    def _as_stored(self, sent: dict[str, Any], **_: Any) -> dict[str, str]:
        return {"date": sent["date"].isoformat(), "channel": sent["channel"]}


class OptOutAnswer(Schema):
    date = fields.String(metadata={"format": "date"})
    channel = Choice(words.OptOutChannel)


class TherapistBody(Schema):
    """What a caller may say about a therapist."""

    anrede = Text(50, allow_none=True)
    titel = Text(allow_none=True)
    vorname = Text(shortest=1, required=True)
    nachname = Text(shortest=1, required=True)
    strasse = Text(allow_none=True)
    plz = Postcode(allow_none=True)
    ort = Text(allow_none=True)
    telefon = PhoneNumber(allow_none=True)
    fax = PhoneNumber(allow_none=True)
    email = MailAddress(allow_none=True)
    webseite = WebAddress(allow_none=True)
    kassensitz = Flag(allow_none=True)
    geschlecht = Choice(words.Geschlecht, allow_none=True)
    altersgruppe = Choice(words.Altersgruppe, allow_none=True)
    telefonische_erreichbarkeit = Schedule(allow_none=True)
    fremdsprachen = fields.List(Text(shortest=1), load_default=list, validate=_FEW)
    psychotherapieverfahren = fields.List(Text(shortest=1), load_default=list, validate=_FEW)
    zusatzqualifikationen = Text(_LONG, allow_none=True)
    besondere_leistungsangebote = Text(_LONG, allow_none=True)
    letzter_kontakt_email = Day(allow_none=True)
    letzter_kontakt_telefon = Day(allow_none=True)
    letztes_persoenliches_gespraech = Day(allow_none=True)
    freie_einzeltherapieplaetze_ab = Day(allow_none=True)
    freie_gruppentherapieplaetze_ab = Day(allow_none=True)
    potentially_available = Flag(load_default=False)
    potentially_available_notes = Text(_LONG, allow_none=True)
    status = Choice(words.Status)
    sperrgrund = Text(_LONG, allow_none=True)
    sperrdatum = Day(allow_none=True)
    kontakt_wieder_ab = Day(allow_none=True)
    kein_kontakt = fields.Nested(OptOutBody, allow_none=True)
    source = Text(50, allow_none=True)
    external_id = Text(allow_none=True)
    notes = Text(_LONGEST, allow_none=True)

    preferred_diagnoses = fields.List(Diagnosis(), allow_none=True, validate=_FEW)
    age_min = Whole(0, _OLDEST, allow_none=True)
    age_max = Whole(0, _OLDEST, allow_none=True)
    gender_preference = Choice(words.GenderPreference, allow_none=True)
    group_therapy_preference = Flag(allow_none=True)
    working_hours = Schedule(allow_none=True)


class TherapistAnswer(TherapistBody):
    """A therapist as stored; `mailbox_key` is there for other services only."""

    id = Identifier()
    kein_kontakt = fields.Nested(OptOutAnswer, allow_none=True)
    next_contactable_date = Day(allow_none=True)
    last_contact_date = Day(allow_none=True)
    delisted_on = Day(allow_none=True)
    mailbox_key = fields.String(
        attribute="key_for_services", metadata={"x-present-when": "ein Dienst fragt"}
    )
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    place_status = Choice(_PLACE_STATUSES)
    created_at = Instant()
    updated_at = Instant()
    version = fields.Integer()


class LikelyDuplicate(Schema):
    """A warning: staff decide whether two rows are one therapist."""

    therapist_id = Identifier(required=True)
    because = fields.List(Choice(Because), required=True)


class TherapistChange(TherapistBody):
    """Whoever sends back what they have read may leave in it what is not theirs to change."""

    id = Identifier()
    next_contactable_date = Day(allow_none=True)
    last_contact_date = Day(allow_none=True)
    delisted_on = Day(allow_none=True)
    latitude = Decimal(-90, 90, allow_none=True)
    longitude = Decimal(-180, 180, allow_none=True)
    place_status = Choice(_PLACE_STATUSES)
    created_at = Instant()
    updated_at = Instant()
    version = Whole(1, _LARGEST_ID)
    likely_duplicates = fields.List(fields.Nested(LikelyDuplicate))


class TherapistCreated(TherapistAnswer):
    likely_duplicates = fields.List(fields.Nested(LikelyDuplicate))


class TherapistV1Answer(TherapistAnswer):
    """v1 clients know neither place nor mailbox nor version."""

    class Meta:
        exclude = ("latitude", "longitude", "place_status", "mailbox_key", "version")


EMPTY: dict[str, Any] = {
    name: None for name, field in TherapistBody().fields.items() if field.allow_none
}
"""What a PUT means by leaving a field out; fields with a default of their own take that."""


class TherapistQuery(PageQuery):
    status = Choice(words.Status)
    q = SearchWords()
    plz_prefix = Text(5)
    after_id = WholeWord(0, _LARGEST_ID)


class TherapistV1Query(V1PageQuery):
    status = Choice(words.Status)


class BatchBody(Schema):
    ids = fields.List(Identifier(), required=True, validate=validate.Length(max=LARGEST_BATCH))


class TherapistBatch(Schema):
    data = fields.List(fields.Nested(TherapistAnswer))
    missing = fields.List(Identifier())


class ContactBody(Schema):
    at = Instant()
    channel = Choice(Channel, required=True)
    direction = Choice(Direction, required=True)
    note = Text(_LONG, allow_none=True)


class ContactAnswer(ContactBody):
    """`ref` says what the contact is known from, such as `email:12`; null: staff wrote it down.

    `detail` is a mail's purpose, a call's reason or outcome, an answer's kind; `actor` who wrote,
    called or answered, null: the program by itself.
    """

    id = Identifier()
    therapist_id = Identifier()
    kind = Choice(ContactKind)
    detail = fields.String(allow_none=True)
    actor = fields.String(allow_none=True)
    ref = fields.String(allow_none=True)
    recorded_at = Instant()
    recorded_by = fields.String()


class ContactWishesBody(Schema):
    """What a therapist has said by link, only what is new."""

    kontakt_wieder_ab = Day(allow_none=True)
    kein_kontakt = fields.Nested(OptOutBody, allow_none=True)


class NewestFirstQuery(PageQuery):
    class Meta:
        exclude = ("sort",)


class HistoryAnswer(Schema):
    """`before` and `after` are values of the field; null: there was or is none."""

    id = Identifier()
    at = Instant()
    actor = fields.String()
    field = Choice(words.RECORDED)
    before = fields.Raw(allow_none=True)
    after = fields.Raw(allow_none=True)


class LikenessBody(Schema):
    """As much as is known of somebody who is about to be written down."""

    vorname = Text(shortest=1, required=True)
    nachname = Text(shortest=1, required=True)
    strasse = Text(allow_none=True)
    plz = Postcode(allow_none=True)
    email = MailAddress(allow_none=True)
    telefon = PhoneNumber(allow_none=True)


class LikelyDuplicates(Schema):
    data = fields.List(fields.Nested(LikelyDuplicate))


class LikelyPair(Schema):
    therapist_ids = fields.List(Identifier())
    because = fields.List(Choice(Because))


class PairQuery(Schema):
    plz_prefix = Text(5, load_default="")
    cursor = Text(30, metadata={"description": "`next` der vorigen Seite"})
    limit = WholeWord(1, LARGEST_LIMIT, load_default=DEFAULT_LIMIT)


class MergedAnswer(Schema):
    """Who the therapist once was as well; `therapist_id` is the id that is gone."""

    therapist_id = Identifier()
    merged_at = Instant()
    merged_by = fields.String()
    reason = fields.String()
    vorname = fields.String()
    nachname = fields.String()
    strasse = fields.String(allow_none=True)
    plz = fields.String(allow_none=True)
    ort = fields.String(allow_none=True)
    external_id = fields.String(allow_none=True)


class MergedList(Schema):
    data = fields.List(fields.Nested(MergedAnswer))


class MergeBody(Schema):
    duplicate_id = Identifier(required=True)
    reason = Text(_LONG, shortest=1, required=True)


class ImportCounts(Schema):
    new = fields.Integer()
    changed = fields.Integer()
    unchanged = fields.Integer()
    removed = fields.Integer()
    rejected = fields.Integer()


class RejectedRecord(Schema):
    """`index` counts the records of the file from 0, over all its lists."""

    index = fields.Integer()
    reason = fields.String()


class RemarkAnswer(Schema):
    """A record that was taken, with something to look at."""

    index = fields.Integer()
    code = fields.String()
    value = fields.String(allow_none=True)


class ScraperImportAnswer(Schema):
    id = Identifier()
    file = fields.String()
    scrape_id = fields.String(allow_none=True)
    status = Choice(("running", "finished", "failed"))
    error = fields.String(allow_none=True)
    started_at = Instant()
    finished_at = Instant(allow_none=True)
    processed = fields.Integer(metadata={"description": "so weit ist der Import"})
    total = fields.Integer(
        allow_none=True, metadata={"description": "Einträge der Datei; null: noch nicht gelesen"}
    )
    counts = fields.Nested(ImportCounts)
    rejected = fields.List(fields.Nested(RejectedRecord))
    remarks = fields.List(fields.Nested(RemarkAnswer))


class ScraperImportV1Answer(ScraperImportAnswer):
    """v1 clients know no progress."""

    class Meta:
        exclude = ("processed", "total")


class ScraperStorageAnswer(Schema):
    """When the scraper's files were looked for, and since when that fails."""

    kind = Choice(("folder", "bucket"))
    looked_at = Instant(allow_none=True)
    next_look_at = Instant()
    trouble = fields.String(
        allow_none=True, metadata={"description": "Fehlerkennung des Speichers; null: in Ordnung"}
    )
    trouble_since = Instant(allow_none=True)
