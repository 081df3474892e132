"""Therapists in and out, v1 and v2 alike."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from shared.http.fields import (
    Choice,
    Day,
    Diagnosis,
    Flag,
    Identifier,
    Instant,
    MailAddress,
    Postcode,
    Schedule,
    Text,
    Whole,
    WholeWord,
)
from shared.http.paging import PageQuery
from shared.http.v1 import V1PageQuery
from therapist_service.domain import therapist as words

LARGEST_BATCH = 500
_LARGEST_ID = 2**31 - 1
_OLDEST = 120
_LONG = 10_000
_PLACE_STATUSES = ("exact", "approximate", "pending", "unknown")


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
    telefon = Text(allow_none=True)
    fax = Text(allow_none=True)
    email = MailAddress(allow_none=True)
    webseite = Text(500, allow_none=True)
    kassensitz = Flag(allow_none=True)
    geschlecht = Choice(words.Geschlecht, allow_none=True)
    altersgruppe = Choice(words.Altersgruppe, allow_none=True)
    telefonische_erreichbarkeit = Schedule(allow_none=True)
    fremdsprachen = fields.List(Text(shortest=1), load_default=list)
    psychotherapieverfahren = fields.List(Text(shortest=1), load_default=list)
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
    notes = Text(_LONG, allow_none=True)

    preferred_diagnoses = fields.List(Diagnosis(), allow_none=True)
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
    plz_prefix = Text(5)
    after_id = WholeWord(0, _LARGEST_ID)


class TherapistV1Query(V1PageQuery):
    status = Choice(words.Status)


class BatchBody(Schema):
    ids = fields.List(Identifier(), required=True, validate=validate.Length(max=LARGEST_BATCH))


class TherapistBatch(Schema):
    data = fields.List(fields.Nested(TherapistAnswer))
    missing = fields.List(Identifier())


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
    counts = fields.Nested(ImportCounts)
    rejected = fields.List(fields.Nested(RejectedRecord))
    remarks = fields.List(fields.Nested(RemarkAnswer))
