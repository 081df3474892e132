"""The hard constraints between a search and a therapist: all must be met, unknown is not met."""

from collections.abc import Callable

from matching_service.domain.distance import judge_distance
from matching_service.domain.snapshots import Pair, SearchSnapshot
from matching_service.domain.verdicts import MET, Detail, Met, Unknown, Verdict, Violated, unknown

NO_PROCEDURE_WISH = "Egal"
GERMAN = "deutsch"
ADULT_AT = 18
ADULTS_ONLY_FROM = 21
GENDERS = {"männlich": "male", "weiblich": "female", "divers": "divers"}


def unmet_constraints(pair: Pair) -> tuple[Violated | Unknown, ...]:
    """Everything that stands between the two, for people to read."""
    verdicts = (constraint(pair) for constraint in HARD_CONSTRAINTS)
    return tuple(verdict for verdict in verdicts if not isinstance(verdict, Met))


def meets_all_constraints(pair: Pair) -> bool:
    """The same decision, stopping at the first obstacle."""
    for constraint in HARD_CONSTRAINTS:  # noqa: SIM110 - `all()` makes a wave a third slower
        if constraint(pair) is not MET:
            return False
    return True


def exclusion(pair: Pair) -> Verdict:
    therapist_id = pair.therapist.therapist_id
    if therapist_id in pair.search.excluded_therapists:
        return Violated("excluded", {"by": "search"}, {"search.excluded_therapists": "removed"})
    if therapist_id in pair.patient.excluded_therapists:
        return Violated("excluded", {"by": "patient"}, {"patient.excluded_therapists": "removed"})
    return MET


def insurance(pair: Pair) -> Verdict:
    kind, kassensitz = pair.patient.versicherungsart, pair.therapist.kassensitz
    if kassensitz or kind in ("privat", "selbstzahler", "kostenerstattung"):
        return MET
    if kind != "gesetzlich":
        return unknown("insurance", "patient.versicherungsart")
    if kassensitz is None:
        return unknown("insurance", "therapist.kassensitz")
    return Violated("insurance", {"versicherungsart": kind}, {"therapist.kassensitz": True})


def age_group(pair: Pair) -> Verdict:
    """Under 18 children's therapists, from 21 adults' therapists, both in between."""
    treated, age = pair.therapist.altersgruppe, pair.age
    if treated == "beide":
        return MET
    if age is None:
        return unknown("age_group", "patient.geburtsdatum")
    if ADULT_AT <= age < ADULTS_ONLY_FROM:
        return MET
    if treated not in ("erwachsene", "kinder_jugendliche"):
        return unknown("age_group", "therapist.altersgruppe")
    needed = "kinder_jugendliche" if age < ADULT_AT else "erwachsene"
    if treated == needed:
        return MET
    detail: Detail = {"age": age, "altersgruppe": treated}
    return Violated("age_group", detail, {"therapist.altersgruppe": (needed, "beide")})


def therapist_gender(pair: Pair) -> Verdict:
    wish = pair.patient.therapist_gender_preference
    if wish is None or wish == "any":
        return MET
    if wish not in ("male", "female"):
        return unknown("gender", "patient.therapist_gender_preference")
    gender = GENDERS.get(pair.therapist.geschlecht or "")
    if gender is None:
        return unknown("gender", "therapist.geschlecht")
    if gender == wish:
        return MET
    detail = {"wish": wish, "therapist": gender}
    return Violated("gender", detail, {"patient.therapist_gender_preference": "any"})


def procedure(pair: Pair) -> Verdict:
    wish, offered = pair.patient.verfahren, pair.therapist.verfahren
    if not wish or wish == NO_PROCEDURE_WISH:
        return MET
    if not offered:  # every psychotherapist has a procedure: an empty list is one not known
        return unknown("procedure", "therapist.verfahren")
    if wish in offered:
        return MET
    detail: Detail = {"wish": wish, "offered": offered}
    return Violated("procedure", detail, {"patient.verfahren": NO_PROCEDURE_WISH})


def language(pair: Pair) -> Verdict:
    """One of the wished languages is enough; German is spoken by all.

    A therapist without a single language on record is one nobody has asked.
    """
    if not pair.patient.sprachen:
        return MET
    wished = {name.strip().casefold() for name in pair.patient.sprachen}
    if GERMAN in wished:
        return MET
    spoken = pair.therapist.sprachen
    if not spoken:
        return unknown("language", "therapist.sprachen")
    if wished & {name.strip().casefold() for name in spoken}:
        return MET
    detail = {"wish": pair.patient.sprachen, "spoken": spoken}
    return Violated("language", detail, {"therapist.sprachen": pair.patient.sprachen})


def distance(pair: Pair) -> Verdict:
    patient = pair.patient
    return judge_distance(patient.place, pair.therapist.place, patient.travel_mode, patient.max_km)


# The cheap ones first: planning stops at the first that is not met.
HARD_CONSTRAINTS: tuple[Callable[[Pair], Verdict], ...] = (
    exclusion,
    insurance,
    therapist_gender,
    procedure,
    language,
    age_group,
    distance,
)


def contacts_left(search: SearchSnapshot) -> Verdict:
    """The budget is the search's own rule: it holds towards every therapist."""
    if search.remaining_contacts > 0:
        return MET
    return Violated("budget_used", {"remaining_contacts": 0}, {"search.contact_requests": 1})
