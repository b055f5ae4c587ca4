"""Inputs that chance has damaged, a module a kind; `fuzz.py` runs them.

A kind is a module here that offers

- ``COUNT``: cases of a thorough run;
- ``cases(seed, count)``: that many cases, each a name that tells how it came about, and the bytes
  or the file; the same for the same seed;
- ``run(case)``: what a user would do with it; returns in a word or two what came of it. It may
  raise ``WinnowError``, for that is a refusal in one sentence. Everything else is a fault.

It may also offer ``SECONDS`` that a case may take and ``MEMORY``, the bytes by which a case may
make the process grow; the defaults are in `fuzz.py`. What ``run`` leaves on disk is its own affair:
it gets no folder, and makes one with ``tempfile``.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

Case = tuple[str, bytes | Path]


def kinds() -> list[str]:
    """The names of all kinds."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def kind(name: str) -> ModuleType:
    """The module of a kind."""
    return importlib.import_module(f"{__name__}.{name}")
