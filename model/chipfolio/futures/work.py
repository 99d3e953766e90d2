"""One task of a batch: a function by its name, run anywhere, its answer as bytes.

The answer is canonical JSON, so that it is the same to the byte whoever reckons it.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import pickle
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any


def packed(value: object) -> bytes:
    """A value as bytes for another process of the same program."""
    return zlib.compress(pickle.dumps(value, protocol=5), 6)


@lru_cache(maxsize=2)
def unpacked(data: bytes) -> Any:
    """The value of bytes that ``packed`` made; what tasks have in common is unpacked once."""
    return pickle.loads(zlib.decompress(data))  # noqa: S301 - our own bytes, never a user's file


def key_of(*parts: object) -> str:
    """A name for a task that depends on nothing but what it is asked."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def canonical(value: object) -> bytes:
    """JSON that depends on nothing but the value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def answer(function: str, common: bytes, arguments: bytes) -> bytes:
    """Run ``module:function`` on what all tasks share and on this task's own arguments."""
    module, name = function.split(":")
    call = getattr(importlib.import_module(module), name)
    return canonical(call(unpacked(common), *unpacked(arguments)))


def keep(path: Path, data: bytes) -> None:
    """Write bytes so that a reader finds all of them or none."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
