"""Finds what must never be, by the recorded times and dates alone: it trusts no range column."""

from typing import Any

from sqlalchemy import Engine, Row, text

CONTACT_WHILE_COOLING = """
SELECT contact.id
FROM mailbox_block contact JOIN mailbox_block cooling USING (mailbox_id)
WHERE contact.purpose IN ('inquiry', 'reminder', 'v1_batch', 'call')
    AND cooling.kind = 'cooling'
    AND cooling.recorded_at <= contact.recorded_at
    AND contact.recorded_at
        < (cooling.next_contactable_date::timestamp AT TIME ZONE 'Europe/Berlin')
    AND NOT EXISTS (
        SELECT FROM cooling_override
        WHERE block_id = cooling.id AND contact.override_id IS NOT NULL)
"""

TWO_MAILS_IN_SEVEN_DAYS = """
SELECT second.id
FROM mailbox_block first JOIN mailbox_block second USING (mailbox_id)
WHERE first.purpose IN ('inquiry', 'reminder', 'v1_batch')
    AND second.purpose IN ('inquiry', 'reminder', 'v1_batch')
    AND first.id <> second.id
    AND second.override_id IS NULL
    AND second.recorded_at >= first.recorded_at
    AND second.recorded_at < first.recorded_at + interval '168 hours'
"""

CLAIM_AFTER_ANSWER = """
SELECT permit.id
FROM contact_permit permit
JOIN mailbox_block contact ON contact.id = permit.block_id
JOIN mailbox_block answer ON answer.mailbox_id = contact.mailbox_id
WHERE answer.kind = 'cooling'
    AND contact.recorded_at < answer.recorded_at
    AND answer.recorded_at < permit.claimed_at
"""

TIME_WENT_BACKWARDS = """
SELECT mailbox.id
FROM mailbox
WHERE last_recorded_at < (SELECT max(recorded_at) FROM mailbox_block WHERE mailbox_id = mailbox.id)
    OR last_recorded_at < (SELECT max(claimed_at) FROM contact_permit WHERE mailbox_id = mailbox.id)
"""


def violations(engine: Engine) -> list[tuple[str, Row[Any]]]:
    checks = {
        "contact while cooling": CONTACT_WHILE_COOLING,
        "two mails in seven days": TWO_MAILS_IN_SEVEN_DAYS,
        "claim after answer": CLAIM_AFTER_ANSWER,
        "time went backwards": TIME_WENT_BACKWARDS,
    }
    with engine.connect() as connection:
        return [
            (name, row)
            for name, statement in checks.items()
            for row in connection.execute(text(statement))
        ]
