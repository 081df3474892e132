"""Who meets whom: a few requests for the same thing, to be sent at the same moment.

A duel is chosen by what the board shows, and takes its things out of the game until the board has
been looked at again, so that most things are there when they are fought for.
"""

from collections.abc import Callable

from tests.races import answer_duels as answers
from tests.races import bundle_duels as bundles
from tests.races.view import Duel, View

DUELS: dict[Callable[[View], Duel | None], float] = {
    bundles.open_searches: 0.4,
    bundles.request_contacts: 0.5,
    bundles.pause: 0.4,
    bundles.resume: 1.0,
    bundles.abandon: 0.5,
    bundles.end_sessions: 0.7,
    bundles.exclude: 1.4,
    bundles.exclude_the_asked: 0.9,
    bundles.allow_again: 1.0,
    bundles.edit: 0.6,
    bundles.spend_the_last_contacts: 1.4,
    bundles.create: 1.2,
    bundles.preview: 0.6,
    bundles.create_previewed: 0.6,
    bundles.wave: 0.3,
    bundles.send: 1.2,
    bundles.recall: 0.4,
    answers.answer: 0.7,
    answers.accept_twice: 14.0,
    answers.ask_for_permits: 1.2,
    answers.claim_against_answer: 7.0,
    answers.claim: 0.3,
    answers.place: 1.6,
    answers.answer_v1: 0.5,
    answers.accept_twice_in_v1: 1.0,
    answers.contact_against_answer: 4.5,
    answers.correct: 0.8,
    answers.override: 0.8,
    answers.resolve: 0.7,
    answers.assign_despite_cooling: 0.3,
}
"""How many duels of each sort there should be, in proportion."""
