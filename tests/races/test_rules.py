"""Every rule sees the violation that is planted for it, and no other rule cries out."""

import pytest
from sqlalchemy import text

from tests.races.conftest import Story
from tests.races.rules import RULES, Given, check

_TOLD = """
INSERT INTO outbox (event_id, topic, key, body)
SELECT gen_random_uuid(), 'matching-events', id::text, jsonb_build_object(
    'type', 'search.status_changed',
    'data', jsonb_build_object('search_id', id, 'status', status, 'version', 99))
FROM platzsuche WHERE id = {search}
"""
_MOVED = """
INSERT INTO platzsuche_history (platzsuche_id, actor, kind, "from", "to")
VALUES ({search}, 'owner', 'moved', '{origin}', '{to}')
"""
_CONTACT = """
INSERT INTO mailbox_block (mailbox_id, kind, purpose, actor, recorded_at, during)
VALUES ({mailbox}, 'contact', '{purpose}', 'owner', clock_timestamp(), 'empty')
"""

PLANTED = {
    "contact while cooling": _CONTACT.format(mailbox=":m1", purpose="call"),
    "two mails in seven days": _CONTACT.format(mailbox=":m4", purpose="reminder"),
    "permit used after an answer": """
        INSERT INTO mailbox_block (mailbox_id, kind, purpose, actor, recorded_at, during,
            next_contactable_date)
        VALUES (:m4, 'cooling', 'answer', 'owner', clock_timestamp(), 'empty', CURRENT_DATE - 1);
        UPDATE contact_permit SET claimed_at = clock_timestamp() + interval '1 second'
    """,
    "answer without cooling": """
        UPDATE mailbox_block SET inquiry_id = NULL WHERE inquiry_id = :i1 AND kind = 'cooling'
    """,
    "two acceptances": """
        UPDATE therapeut_anfrage_patient SET status = 'accepted', accepted_at = clock_timestamp()
        WHERE therapeutenanfrage_id = :i2 AND platzsuche_id = :s1
    """,
    "in sessions with nobody": """
        UPDATE therapeut_anfrage_patient SET ended_at = clock_timestamp(), end_reason = 'no_show'
        WHERE therapeutenanfrage_id = :i1 AND platzsuche_id = :s1
    """,
    "place taken in a search that is not in sessions": """
        UPDATE therapeut_anfrage_patient SET status = 'accepted', accepted_at = clock_timestamp()
        WHERE therapeutenanfrage_id = :i2 AND platzsuche_id = :s2
    """,
    "two unfinished searches": """
        INSERT INTO platzsuche (patient_id, created_by) VALUES (2, 'owner');
    """
    + _TOLD.format(search="(SELECT max(id) FROM platzsuche)"),
    "budget overrun": """
        UPDATE platzsuche_contact_request SET requested_count = 1 WHERE platzsuche_id = :s2;
        UPDATE platzsuche SET total_requested_contacts = 1 WHERE id = :s2
    """,
    "budget miscounted": "UPDATE platzsuche SET used_contacts = used_contacts + 1 WHERE id = :s2",
    "two open inquiries": "UPDATE therapeutenanfrage SET mailbox_id = :m2 WHERE id = :i3",
    "asked for a search that is not active": """
        UPDATE platzsuche SET status = 'paused' WHERE id = :s2;
    """
    + _MOVED.format(search=":s2", origin="active", to="paused")
    + ";"
    + _TOLD.format(search=":s2"),
    "asked an excluded therapist": """
        INSERT INTO platzsuche_exclusion (platzsuche_id, therapist_id, reason, source, excluded_by)
        VALUES (:s2, 2, 'kennt sie', 'staff', 'owner')
    """,
    "bundle of the wrong size": """
        DELETE FROM therapeut_anfrage_patient
        WHERE therapeutenanfrage_id = :i2 AND platzsuche_id IN (:s3, :s4);
        UPDATE platzsuche SET used_contacts = used_contacts - 1 WHERE id IN (:s3, :s4)
    """,
    "late acceptance that nobody sees": """
        UPDATE therapeut_anfrage_patient SET status = 'conflict'
        WHERE therapeutenanfrage_id = :i2 AND platzsuche_id = :s2
    """,
    "answer summed up wrongly": """
        UPDATE therapeutenanfrage SET accepted_count = accepted_count + 1 WHERE id = :i1
    """,
    "illegal move": _MOVED.format(search=":s3", origin="active", to="successful")
    + ";"
    + _MOVED.format(search=":s3", origin="successful", to="active"),
    "status without a move": """
        UPDATE platzsuche_history SET kind = 'edited' WHERE platzsuche_id = :s1 AND kind = 'moved'
    """,
    "search told wrongly": "DELETE FROM outbox WHERE (body->'data'->>'search_id')::int = :s4",
    "end of an inquiry told wrongly": "DELETE FROM outbox WHERE body->>'type' = 'bundle.responded'",
}
IN_WHAT_CLIENTS_GOT = {"answer lost", "answer to a placement request lost"}


def _broken(story: Story, given: Given, planted: str = "SELECT 1") -> set[str]:
    with story.lawless() as connection:
        connection.execute(text(planted), story.names)
        return {violation.rule for violation in check(connection, given)}


def _truth(story: Story) -> Given:
    return Given(answers={(story.names["i1"], story.version): story.outcomes})


def test_every_rule_has_its_violation() -> None:
    assert {*PLANTED, *IN_WHAT_CLIENTS_GOT} == set(RULES)


def test_a_good_story_breaks_no_rule(story: Story) -> None:
    assert _broken(story, _truth(story)) == set()


@pytest.mark.parametrize("rule", PLANTED)
def test_only_the_rule_that_is_broken_says_so(story: Story, rule: str) -> None:
    assert _broken(story, _truth(story), PLANTED[rule]) == {rule}


def test_an_answer_that_is_not_what_the_client_was_told_is_lost(story: Story) -> None:
    other = {**story.outcomes, story.names["s2"]: "accepted"}
    given = Given(answers={(story.names["i1"], story.version): other})

    assert _broken(story, given) == {"answer lost"}


def test_only_the_latest_answer_that_a_client_was_told_counts(story: Story) -> None:
    given = _truth(story)
    given.answers[story.names["i1"], story.version - 1] = {story.names["s2"]: "accepted"}

    assert _broken(story, given) == set()


def test_an_answer_to_a_placement_request_that_is_nowhere_is_lost(story: Story) -> None:
    given = Given(requests={4711: (1, "angenommen")})

    assert _broken(story, given) == {"answer to a placement request lost"}
