"""Every exchange of v1/ goes as it is written there, under both spellings of its path."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.conversations import Conversation, conversations, known_faults, names
from tests.contracts.telling import OLD, VERSIONED, Telling
from tests.issuer import Issuer


@pytest.mark.parametrize("prefix", [VERSIONED, OLD])
@pytest.mark.parametrize("conversation", conversations(), ids=lambda one: one.key)
def test_v1_answers_as_promised_except_where_a_fault_is_known(
    conversation: Conversation, prefix: str, database: Any, issuer: Issuer, tmp_path: Path
) -> None:
    with ExitStack() as until_end:
        faults = Telling(conversation, prefix, database, issuer, tmp_path, until_end).faults()

    known = {one.name for one in conversation.exchanges} & {
        line.removeprefix(f"{conversation.key}: ") for line in known_faults()
    }
    unknown = [f"{name}: {found}" for name, found in faults.items() if name not in known]
    assert unknown == [], "\n".join(unknown)
    assert known - faults.keys() == set(), "mended: delete these lines from known_faults.txt"


def test_every_known_fault_is_an_exchange() -> None:
    assert set(known_faults()) - set(names()) == set()


def test_no_exchange_has_the_name_of_another() -> None:
    everyone = list(names())

    assert len(everyone) == len(set(everyone))
