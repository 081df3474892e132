"""How loops are compiled: once per machine, without the interpreter's lock, exactly as written.

No `fastmath`: it would reorder sums and products, and then the fast path would no longer agree with
the rules to the last bit.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    dispatcher: Any = numba.njit(cache=True, nogil=True)(loop)
    return cast("Loop", dispatcher)
