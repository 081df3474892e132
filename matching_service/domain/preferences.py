"""What therapists prefer, as tiers in their order of weight: a violated one may be relaxed.

An unknown preference passes, marked as unknown.
"""

from collections.abc import Callable

from matching_service.domain.availability import UnknownSchedule, have_common_session
from matching_service.domain.constraints import GENDERS
from matching_service.domain.diagnoses import codes_in, diagnosis_matches
from matching_service.domain.snapshots import Pair
from matching_service.domain.verdicts import MET, Verdict, Violated, unknown


def availability(pair: Pair) -> Verdict:
    free, working = pair.patient.availability, pair.therapist.working_hours
    if isinstance(working, UnknownSchedule):
        return unknown("availability", "therapist.working_hours")
    if isinstance(free, UnknownSchedule):
        return unknown("availability", "patient.availability")
    if have_common_session(free, working):
        return MET
    return Violated("availability", {"common_sessions": 0}, {"patient.availability": "wider"})


def diagnosis(pair: Pair) -> Verdict:
    preferred, diagnose = pair.therapist.preferred_diagnoses, pair.patient.diagnose
    if preferred is None:
        return unknown("diagnosis", "therapist.preferred_diagnoses")
    if not preferred:
        return MET
    if not diagnose or not codes_in(diagnose):
        return unknown("diagnosis", "patient.diagnose")
    matches = [diagnosis_matches(preference, diagnose) for preference in preferred]
    if True in matches:
        return MET
    if None in matches:  # an entry without a code might have meant this diagnosis
        return unknown("diagnosis", "therapist.preferred_diagnoses")
    return Violated("diagnosis", {"diagnose": diagnose, "preferred": preferred})


def age(pair: Pair) -> Verdict:
    lowest, highest = pair.therapist.age_min or None, pair.therapist.age_max or None
    if lowest is None and highest is None:
        return MET
    years = pair.age
    if years is None:
        return unknown("age", "patient.geburtsdatum")
    if (lowest is None or lowest <= years) and (highest is None or years <= highest):
        return MET
    return Violated("age", {"age": years, "age_min": lowest, "age_max": highest})


def gender(pair: Pair) -> Verdict:
    wish = pair.therapist.gender_preference
    if wish == "any":
        return MET
    if wish not in ("male", "female"):
        return unknown("gender_preference", "therapist.gender_preference")
    patient = GENDERS.get(pair.patient.geschlecht or "")
    if patient is None:
        return unknown("gender_preference", "patient.geschlecht")
    if patient == wish:
        return MET
    return Violated("gender_preference", {"wish": wish, "patient": patient})


def group(pair: Pair) -> Verdict:
    """True: the therapist looks for patients who are open to a group. False: offers none."""
    offered, patient = pair.therapist.group_therapy_preference, pair.patient
    if offered is None:
        return unknown("group", "therapist.group_therapy_preference")
    if not offered:
        return Violated("group", {"only_group": True}) if patient.only_group else MET
    if patient.only_group or patient.group_ok:
        return MET
    if patient.group_ok is None:
        return unknown("group", "patient.group_ok")
    return Violated("group", {"group_ok": False}, {"patient.group_ok": True})


TIERS: tuple[Callable[[Pair], Verdict], ...] = (availability, diagnosis, age, gender, group)


def judge_tiers(pair: Pair) -> tuple[Verdict, ...]:
    """One verdict per tier, in the order of `TIERS`."""
    return tuple([tier(pair) for tier in TIERS])
