"""The tuned encoders of this user: their names, what they stand on, what was measured of them."""

from __future__ import annotations

import re
from pathlib import Path

from core.encoders.tuned import files
from core.encoders.tuned.files import Header
from core.runtime.errors import WinnowError


def base_of(spec: str) -> str:
    """The encoder that a tuned one stands on; any other name as it is.

    Raises:
        WinnowError: there is no such tuned encoder, or its file is damaged.
    """
    if not spec.startswith(files.PREFIX):
        return spec
    return files.read_header(files.path_of(spec.removeprefix(files.PREFIX))).base


def free_name(wish: str) -> str:
    """A name that no tuned encoder has, after a wish."""
    short = re.sub(r"[^A-Za-z0-9]+", "-", wish).strip("-")[:40].lower() or "images"
    names, number = set(files.names()), 1
    while (name := short if number == 1 else f"{short}-{number}") in names:
        number += 1
    return name


def free_path(name: str) -> Path:
    """Where a new one of this name lies.

    Raises:
        WinnowError: it can be no name, or one has it.
    """
    path = files.path_of(files.check_name(name))
    if path.exists():
        raise WinnowError(
            f"There is a tuned encoder {name} already: choose another name, or remove it with "
            f"winnow models --remove {name}."
        )
    return path


def tuned_on(base: str) -> list[Header]:
    """The tuned encoders that stand on one, by name; damaged files are left out."""
    result = []
    for name in files.names():
        try:
            header = files.read_header(files.path_of(name))
        except WinnowError:
            continue
        if header.base == base:
            result.append(header)
    return result
