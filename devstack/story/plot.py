"""The order of events."""

from rich.console import Console

from devstack.progress import step
from devstack.region import Region
from devstack.story.answering import record_answers, wait_for_peace, walk_on_to_therapy
from devstack.story.asking import open_searches, send_wave
from devstack.story.checks import Check, checks
from devstack.story.door import Door, StoryFailed
from devstack.story.facts import Facts, read_facts
from devstack.story.open_page import open_page
from devstack.story.people import create_patients, import_therapists, wait_for_matching
from devstack.story.result import show_result
from devstack.story.stage import Stage


def tell_story(stage: Stage, region: Region, console: Console) -> Facts:
    """Can be told again on the same stage without doubling anything. Raises StoryFailed."""
    door = Door(stage.gateway_url, stage.token)
    with step(console, "Therapeuten importieren") as now:
        import_therapists(door, stage.scraper_folder, region, now)
    with step(console, "Patienten anlegen") as now:
        patient_ids = create_patients(door, region, now)
    with step(console, "Matching lernt die Therapeuten kennen") as now:
        wait_for_matching(door, now)
    with step(console, "Platzsuchen eröffnen") as now:
        unqualified = open_searches(door, patient_ids, now)
    with step(console, "Bündel anlegen, Anfragen versenden") as now:
        wave = send_wave(door, region, now)
    with step(console, "Antworten aufnehmen, einen Patienten in Therapie begleiten") as now:
        with open_page(door) as page:
            answered = record_answers(door, wave, now)
            heard = page.hears_of(answered)
        search_id = walk_on_to_therapy(door, answered)
    with step(console, "Praxen, die geantwortet haben, kommen zur Ruhe") as now:
        cooling = wait_for_peace(door, answered, now)
    with step(console, "Über die öffentliche Schnittstelle nachprüfen"):
        facts = read_facts(door, stage.mails(), search_id, cooling["therapist_ids"])
        passed = _passed([*checks(facts, cooling["therapist_ids"]), heard])
    show_result(console, stage, facts, unqualified, cooling, passed)
    return facts


def _passed(found: list[Check]) -> list[Check]:
    failed = [f"  ✗ {check.claim} – gefunden: {check.found}" for check in found if not check.holds]
    if failed:
        raise StoryFailed("Die Geschichte ist nicht aufgegangen:\n" + "\n".join(failed))
    return found
