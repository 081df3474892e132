"""How loops are compiled: once per machine, without the interpreter's lock, exactly as written.

What was compiled is kept beside the code, or where NUMBA_CACHE_DIR says; a process that can write
in neither place compiles for itself.

No `fastmath`: it would reorder sums and products, and then the fast path would no longer agree with
the rules to the last bit.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    try:
        dispatcher: Any = numba.njit(cache=True, nogil=True)(loop)
    except RuntimeError:  # nowhere to keep it
        dispatcher = numba.njit(nogil=True)(loop)
    return cast("Loop", dispatcher)
