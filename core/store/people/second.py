"""Which images a second person is asked about too: every so many-th, ``second-labels.json``.

Which these are follows from their content alone, so everybody and every machine agrees on them, and
they are drawn like by chance.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from core.images.names import shown
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors, write_atomic
from core.store.people.gate import doing
from core.store.people.roles import SETTINGS

_FILE = "second-labels.json"
MOST = 10_000


def second_every(home: Path) -> int:
    """Every how many-th image of a question gets a second person's answer; 0 for none.

    Raises:
        WinnowError: the file is damaged.
    """
    path = home / _FILE
    try:
        every = inputs.load_json(path)["every"]
        if not isinstance(every, int) or not 1 <= every <= MOST:
            raise ValueError("it holds no number that could be")
        return every
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WinnowError(
            f"{shown(path)} cannot be read ({error}): delete it, and set again how many images are "
            "labeled twice."
        ) from error


def keep_second_every(home: Path, every: int) -> None:
    """Have every so many-th image of a question labeled by a second person, too; 0 for none.

    Raises:
        WinnowError: the number makes no sense, it cannot be written, or whoever acts may not.
    """
    if not 0 <= every <= MOST:
        raise WinnowError(
            f"Every {every}th image cannot be labeled twice: name a number up to {MOST:,}, or 0 "
            "for none."
        )
    about = f"every {every}th image is labeled twice" if every else "no image is labeled twice"
    with doing(home, SETTINGS, about), storage_errors(home):
        if every:
            write_atomic(home / _FILE, json.dumps({"every": every}).encode())
        else:
            (home / _FILE).unlink(missing_ok=True)


def is_second(image_id: str, every: int) -> bool:
    """Whether a second person is asked about an image."""
    digest = hashlib.blake2b(image_id.encode(), digest_size=8, person=b"second").digest()
    return every > 0 and int.from_bytes(digest) % every == 0
