"""What the terminal shows at the end: what happened, where to look, what to try."""

from collections import Counter
from datetime import date

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from devstack.story.asking import BUNDLES, Unqualified
from devstack.story.checks import Check
from devstack.story.door import Json
from devstack.story.facts import Facts, inquiry_mails
from devstack.story.stage import Stage

_SEARCH_STATES = {
    "active": "aktiv",
    "paused": "pausiert",
    "in_sessions": "in Probesitzungen",
    "successful": "in Therapie",
    "abandoned": "abgebrochen",
}
_RESPONSES = {"accepted": "zugesagt", "partial": "teils zugesagt", "rejected": "abgesagt"}


def show_result(
    console: Console,
    stage: Stage,
    facts: Facts,
    unqualified: list[Unqualified],
    cooling: Json,
    passed: list[Check],
) -> None:
    console.print()
    console.print(_events(facts, unqualified, cooling))
    if unqualified:
        console.print(_refusals(unqualified))
    console.print(_places(stage))
    for check in passed:
        console.print(f"[green]✓[/] {check.claim}")
    console.print(_to_try(stage))


def _events(facts: Facts, unqualified: list[Unqualified], cooling: Json) -> Table:
    answered = _counted(facts.responses, _RESPONSES)
    table = _table("Was geschah")
    table.add_row("Therapeuten", f"{facts.therapists} aus den Dateien des Scrapers")
    table.add_row("Patienten", f"{facts.patients}, davon {len(unqualified)} nicht vermittelbar")
    table.add_row("Platzsuchen", _counted(facts.searches, _SEARCH_STATES))
    table.add_row("Anfragen", _inquiries(facts))
    table.add_row("Antworten", f"{answered}, {facts.open_inquiries} offen")
    table.add_row("In Therapie", _therapy(facts.successful))
    table.add_row("In Ruhe gelassen", _peace(cooling))
    return table


def _refusals(unqualified: list[Unqualified]) -> Table:
    table = _table("Ohne Platzsuche, weil")
    reasons = Counter(reason for one in unqualified for reason in one.reasons)
    for reason, times in sorted(reasons.items()):
        table.add_row(str(times), reason)
    return table


def _places(stage: Stage) -> Table:
    table = _table("Wo es zu sehen ist")
    table.add_row("Gateway", stage.seen_at)
    for name, place in stage.places:
        table.add_row(name, place)
    example = next(inquiry_mails(stage.mails()), None)
    if example is not None:
        table.add_row("", escape(f"„{example.subject}“"))
    return table


def _to_try(stage: Stage) -> str:
    return (
        f"\n  Token    {stage.token_command}\n"
        f"  Logs     {stage.logs_command}\n"
        f"  Beenden  {stage.end_command}\n\n"
        f'  curl -H "Authorization: Bearer $({stage.token_command})" '
        f"'{stage.seen_at}{BUNDLES}?state=answered'"
    )


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _counted(counts: Counter[str], words: dict[str, str]) -> str:
    return ", ".join(f"{counts[code]} {word}" for code, word in words.items() if counts[code])


def _inquiries(facts: Facts) -> str:
    left = facts.inquiries - facts.inquiries_by_mail
    aside = f", {left} ohne Mailadresse als Entwurf beim Team" if left else ""
    return f"{facts.inquiries_by_mail} per Mail{aside}"


def _therapy(search: Json) -> str:
    return (
        f"Platzsuche {search['id']}: Erstgespräch {_german(search['first_meeting_on'])}, "
        f"{search['sessions_held']} Probesitzungen, "
        f"Therapiebeginn {_german(search['therapy_starts_on'])}"
    )


def _peace(cooling: Json) -> str:
    size = len(cooling["therapist_ids"])
    people = (
        "eine Therapeutin oder ein Therapeut" if size == 1 else f"{size} Therapeuten einer Praxis"
    )
    return f"{people}, bis {_german(cooling['next_contactable_date'])}"


def _german(day: str) -> str:
    return f"{date.fromisoformat(day):%d.%m.%Y}"
