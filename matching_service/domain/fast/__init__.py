"""The fast path: the same answers as the readable rules, from columns and compiled loops.

Needs numpy and numba; `domain/methods.py` decides whether to come here.
"""

from matching_service.domain.fast.choice import assign, certify, fields_of
from matching_service.domain.fast.pairs import eligible_pairs
from matching_service.domain.methods import Method

COMPILED = Method("compiled", eligible_pairs, fields_of, assign, certify)
