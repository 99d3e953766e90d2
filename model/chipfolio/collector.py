"""Python's garbage collector, kept still while large things are made that all stay.

It walks through all objects again and again while their number grows; half of the time of building
a model went into that, and there is next to nothing to collect.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_rest(and_sweep: bool = False) -> Iterator[None]:
    """No collection meanwhile; with ``and_sweep`` one at the end, where much is left behind."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
        if and_sweep:
            gc.collect()
