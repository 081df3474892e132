"""Patients in and out, v1 and v2 alike: the plans' new columns and the old names side by side."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from patient_service.domain import patient as words
from patient_service.domain.contact import CHANNELS, DIRECTIONS
from patient_service.domain.duplicates import Because
from shared.contracts.contact_news import ContactKind
from shared.http.fields import (
    LARGEST_ID,
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
)
from shared.http.paging import PageQuery
from shared.http.search import SearchWords
from shared.http.v1 import V1PageQuery

LARGEST_BATCH = 500
_LONG = 10_000


class Radius(Schema):
    """v1's `{"max_km": 30}`."""

    max_km = Whole(1, 1000, required=True)


class PatientBody(Schema):
    """What a caller may say about a patient."""

    anrede = Text(50, allow_none=True)
    vorname = Text(100, shortest=1, required=True)
    nachname = Text(100, shortest=1, required=True)
    strasse = Text(allow_none=True)
    plz = Postcode(allow_none=True)
    ort = Text(allow_none=True)
    email = MailAddress(allow_none=True)
    telefon = PhoneNumber(allow_none=True)
    hausarzt = Text(allow_none=True)
    krankenkasse = Text(allow_none=True)
    krankenversicherungsnummer = Text(50, allow_none=True)
    geburtsdatum = Day(allow_none=True)
    geschlecht = Choice(words.GENDERS, allow_none=True)
    diagnose = Diagnosis(allow_none=True)
    versicherungsart = Choice(words.INSURANCE_KINDS, allow_none=True)
    vertraege_unterschrieben = Flag(load_default=False)
    psychotherapeutische_sprechstunde = Flag(load_default=False)
    startdatum = Day(allow_none=True)
    erster_therapieplatz_am = Day(allow_none=True)
    funktionierender_therapieplatz_am = Day(allow_none=True)
    status = Choice(words.STATUSES)
    empfehler_der_unterstuetzung = Text(allow_none=True)
    offen_fuer_diga = Flag(load_default=False)
    nur_gruppentherapie = Flag(load_default=False)
    letzter_kontakt = Day(allow_none=True)
    psychotherapieerfahrung = Flag(allow_none=True)
    letzte_therapie_ende = Day(allow_none=True)
    stationaere_behandlung = Flag(load_default=False)
    berufliche_situation = Text(allow_none=True)
    familienstand = Text(allow_none=True)
    aktuelle_psychische_beschwerden = Text(_LONG, allow_none=True)
    beschwerden_seit = Day(allow_none=True)
    bisherige_behandlungen = Text(_LONG, allow_none=True)
    relevante_koerperliche_erkrankungen = Text(_LONG, allow_none=True)
    aktuelle_medikation = Text(_LONG, allow_none=True)
    aktuelle_belastungsfaktoren = Text(_LONG, allow_none=True)
    unterstuetzungssysteme = Text(_LONG, allow_none=True)
    anlass_fuer_die_therapiesuche = Text(_LONG, allow_none=True)
    erwartungen_an_die_therapie = Text(_LONG, allow_none=True)
    therapieziele = Text(_LONG, allow_none=True)
    fruehere_therapieerfahrungen = Text(_LONG, allow_none=True)
    ausgeschlossene_therapeuten = fields.List(Identifier(), load_default=list)
    bevorzugtes_therapieverfahren = Choice(words.PROCEDURES, load_default="Egal")
    bevorzugte_sprachen = fields.List(Text(50, shortest=1), load_default=list)
    einwilligung_datenweitergabe_am = Day(allow_none=True)
    source = Text(50, allow_none=True)
    external_id = Text(100, allow_none=True)

    max_travel_distance_km = Whole(1, 1000, allow_none=True)
    travel_mode = Choice(tuple(words.TRAVEL_MODES.values()), allow_none=True)
    availability_schedule = Schedule(allow_none=True)
    therapist_gender_preference = Choice(tuple(words.GENDER_PREFERENCES.values()), allow_none=True)
    group_therapy_preference = Flag()

    raeumliche_verfuegbarkeit = fields.Nested(Radius, allow_none=True)
    verkehrsmittel = Choice(tuple(words.TRAVEL_MODES), allow_none=True)
    zeitliche_verfuegbarkeit = Schedule(allow_none=True)
    bevorzugtes_therapeutengeschlecht = Choice(tuple(words.GENDER_PREFERENCES), allow_none=True)
    offen_fuer_gruppentherapie = Flag()


class PatientAnswer(PatientBody):
    """A patient as it is stored, under new names and old."""

    id = Identifier()
    latitude = Decimal(-90, 90, allow_none=True)
    longitude = Decimal(-180, 180, allow_none=True)
    place_status = Choice(words.PLACE_STATUSES)
    created_at = Instant()
    updated_at = Instant()
    version = Whole(1, LARGEST_ID)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:  # noqa: ARG002
        """Short, because a page of patients asks for thousands."""
        alias = _ALIASES.get(attr)
        return getattr(obj, attr) if alias is None else alias.to_old(getattr(obj, alias.new))


_ALIASES = {alias.old: alias for alias in words.ALIASES}


class PatientV1Answer(PatientAnswer):
    """v1 clients know neither place nor version."""

    class Meta:
        exclude = ("latitude", "longitude", "place_status", "version")


class LikelyDuplicate(Schema):
    patient_id = Identifier(required=True)
    because = fields.List(Choice(Because), required=True)


class PatientChange(PatientAnswer):
    """Whoever changes a patient may send back all that they have read; what we keep stays."""

    likely_duplicates = fields.List(fields.Nested(LikelyDuplicate))


class PatientV1Change(PatientV1Answer):
    """The same in v1."""


_EMPTY: dict[str, Any] = {
    "group_therapy_preference": False,
    **{
        name: None
        for name, field in PatientBody().fields.items()
        if field.allow_none and name not in _ALIASES
    },
}


def whole(sent: Mapping[str, Any]) -> dict[str, Any]:
    """What a PUT means: fields that were sent under neither of their names are emptied.

    Fields with a default of their own have taken that already.
    """
    sent_under_old_names = {_ALIASES[name].new for name in sent if name in _ALIASES}
    emptied = {name: value for name, value in _EMPTY.items() if name not in sent_under_old_names}
    return {**emptied, **sent}


class PatientQuery(PageQuery):
    status = Choice(words.STATUSES)
    q = SearchWords()
    plz_prefix = Text(5)
    after_id = WholeWord(0, 2**31 - 1)


class PatientV1Query(V1PageQuery):
    status = Choice(words.STATUSES)


class BatchBody(Schema):
    ids = fields.List(Identifier(), required=True, validate=validate.Length(max=LARGEST_BATCH))


class PatientBatch(Schema):
    data = fields.List(fields.Nested(PatientAnswer))
    missing = fields.List(Identifier())


class LikelyDuplicates(Schema):
    data = fields.List(fields.Nested(LikelyDuplicate))


class RegisteredPatient(PatientAnswer):
    """Of a Registered: the patient, and whom staff should look at before they go on."""

    likely_duplicates = fields.List(fields.Nested(LikelyDuplicate))

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        if attr == "likely_duplicates":
            return obj.likely_duplicates
        return super().get_attribute(obj.patient, attr, default)


class PersonBody(Schema):
    """Somebody who is not entered yet; in a body, so that names stay out of URLs and logs."""

    vorname = Text(100, shortest=1, required=True)
    nachname = Text(100, shortest=1, required=True)
    geburtsdatum = Day(allow_none=True)
    plz = Postcode(allow_none=True)


class ContactBody(Schema):
    """`at` defaults to now."""

    channel = Choice(CHANNELS, required=True)
    direction = Choice(DIRECTIONS, required=True)
    at = Instant()
    note = Text(_LONG, allow_none=True)


class ContactAnswer(ContactBody):
    """`therapist_id`: whom the contact about the patient was with; null: with the patient.

    `ref` says what it is known from, such as `email:12`; null: staff wrote it down. `detail` is a
    mail's purpose, a call's reason or outcome, an answer's kind; `actor` who wrote, called or
    answered, null: the program by itself.
    """

    id = Identifier()
    patient_id = Identifier()
    therapist_id = Identifier(allow_none=True)
    kind = Choice(ContactKind)
    detail = Text(allow_none=True)
    actor = Text(allow_none=True)
    ref = Text(allow_none=True)
    recorded_at = Instant()
    recorded_by = Text()


class ContactQuery(PageQuery):
    sort = Choice(["at", "-at"], load_default="-at")
