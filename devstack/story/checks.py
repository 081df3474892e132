"""What must be true after the story."""

from dataclasses import dataclass

from devstack.story.facts import Facts

_FEWEST_INQUIRIES = 20
_RESPONSE_TYPES = ("accepted", "partial", "rejected")
_WAY = ("active", "in_sessions", "successful")
_DATES = ("first_meeting_on", "sessions_held", "therapy_starts_on", "success_date")


@dataclass(frozen=True)
class Check:
    claim: str
    holds: bool
    found: object


def checks(facts: Facts, therapist_ids: list[int]) -> list[Check]:
    """`therapist_ids`: a practice that has answered."""
    return [*_of_the_inquiries(facts), *_of_the_law(facts, therapist_ids), *_of_the_therapy(facts)]


def _of_the_inquiries(facts: Facts) -> list[Check]:
    answered = all(facts.responses[kind] for kind in _RESPONSE_TYPES)
    return [
        Check(
            f"mindestens {_FEWEST_INQUIRIES} Anfragen",
            facts.inquiries >= _FEWEST_INQUIRIES,
            facts.inquiries,
        ),
        Check("Zusage, Teilzusage und Absage je mindestens einmal", answered, facts.responses),
        Check("mindestens eine Anfrage noch offen", facts.open_inquiries > 0, facts.open_inquiries),
        Check(
            "so viele Mails im Postausgang wie Anfragen per Mail",
            facts.mails == facts.inquiries_by_mail,
            (facts.mails, facts.inquiries_by_mail),
        ),
    ]


def _of_the_law(facts: Facts, therapist_ids: list[int]) -> list[Check]:
    skipped = dict(facts.skipped_when_asked_again)
    left_out = set(skipped) == set(therapist_ids) and "cooling" in skipped.values()
    return [
        Check(
            "kein Postfach zweimal angeschrieben",
            not facts.contacted_twice,
            len(facts.contacted_twice),
        ),
        Check("eine Praxis, die geantwortet hat, wird ausgelassen", left_out, skipped),
    ]


def _of_the_therapy(facts: Facts) -> list[Check]:
    dated = {name: facts.successful[name] for name in _DATES}
    return [
        Check("eine Platzsuche: " + " → ".join(_WAY), facts.moves == _WAY, facts.moves),
        Check("mit Erstgespräch, Sitzungen und Therapiebeginn", all(dated.values()), dated),
    ]
