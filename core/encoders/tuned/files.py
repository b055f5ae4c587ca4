"""Where what was learned lies: one safetensors file a tuned encoder, in the user's data folder.

The file is all there is: whoever has it and the base has the encoder. Its header says which base it
belongs to and what was measured when it was made. Nothing in it is unpickled.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import platformdirs

from core.encoders.digests import sha256_of, short_digest
from core.encoders.tuned import change
from core.encoders.tuned.adapter import Adapter, of_tensors
from core.encoders.tuned.change import Change
from core.runtime import inputs, roots
from core.runtime.errors import WinnowError
from core.runtime.files import mark_of, storage_errors, write_atomic

FORMAT = "winnow-tuned-2"
LORA_FORMAT = "winnow-tuned-lora-1"
PREFIX = "tuned:"
ENDING = ".safetensors"
MOST_BYTES = 200_000_000
"""Of a file: some 25 times what the longest vectors in use take."""
_MOST_HEADER = 1_000_000
_LEARNED_FROM = "learned_from"
_ID_DIGITS = 16  # of an image's id that a number of 64 bits holds
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,47}")
_NEEDED = ("base", "base_identity", "title")
Learned = TypeVar("Learned", Adapter, Change)
Made = TypeVar("Made")


@dataclass(frozen=True)
class Header:
    """What a file says of itself.

    Attributes:
        path: the file.
        base: what to type for its base; base_identity: of that base.
        title: of the base, as a picker shows it.
        dim, resolution, licence: of the tuned vectors, and as the base has the others.
        figures: what was measured when it was made.
        lora: it holds a change of the base's layers in place of maps on top.
    """

    path: Path
    base: str
    base_identity: str
    title: str
    dim: int
    resolution: int = 0
    licence: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    lora: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        return self.path.name.removesuffix(ENDING)

    @property
    def identity(self) -> str:
        """Of the base and all that was learned; see `core.encoders.base.Encoder`."""
        short = re.sub(r"[^A-Za-z0-9._-]+", "-", self.base_identity)[:48]
        return f"tuned-{short}-{short_digest(self.base_identity, sha256_of(self.path))}"


def folder() -> Path:
    """Where the tuned encoders of this user lie."""
    return Path(platformdirs.user_data_dir("winnow", appauthor=False)) / "tuned"


def check_name(name: str) -> str:
    """A name as it is.

    Raises:
        WinnowError: it could not be a file's everywhere.
    """
    if not _NAME.fullmatch(name):
        raise WinnowError(
            f'"{name[:60]}" cannot be the name of a tuned encoder: use up to 48 letters, digits, '
            "dots, dashes and underscores, the first a letter or a digit."
        )
    return name


def path_of(name: str) -> Path:
    """The file of a name, or of a path to such a file.

    Raises:
        WinnowError: it is neither, or a path that may not be opened.
    """
    if name.endswith(ENDING):
        path = Path(name).expanduser()
        roots.check(path)
        return path
    return folder() / f"{check_name(name)}{ENDING}"


def names() -> list[str]:
    """The tuned encoders of this user, by name; damaged files too."""
    stems = (path.name.removesuffix(ENDING) for path in folder().glob(f"*{ENDING}"))
    return sorted(name for name in stems if _NAME.fullmatch(name))


def read_header(path: Path) -> Header:
    """What a file says of itself, without reading the numbers in it.

    Raises:
        WinnowError: it is missing, or no such file.
    """
    try:
        return _header(path, mark_of(path))
    except FileNotFoundError:
        raise WinnowError(
            f"There is no tuned encoder {path.name.removesuffix(ENDING)} in {path.parent}: "
            "'winnow models' lists those that there are."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise _damaged(path, error) from error


@lru_cache(maxsize=64)
def _header(path: Path, mark: tuple[int, ...]) -> Header:
    """The header of a file with this ``mark_of``: lists are drawn all the time."""
    with inputs.open_file(path) as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > _MOST_HEADER:
            raise ValueError("its header is too long")
        content = inputs.parse_json(file.read(length))
    facts = content["__metadata__"]
    lora = facts["format"] == LORA_FORMAT
    if facts["format"] != FORMAT and not lora:
        raise ValueError("it is of another format")
    dim = int(facts["dim"])
    figures = inputs.parse_json(facts["figures"])
    if not isinstance(figures, dict):
        raise ValueError("its figures are none")
    texts = {name: str(facts[name]) for name in _NEEDED}
    return Header(
        path, **texts, dim=dim, resolution=int(facts["resolution"]),
        licence=str(facts["licence"]), figures=figures, lora=lora,
    )  # fmt: skip


def read_adapter(path: Path) -> Adapter:
    """The numbers of a file of maps.

    Raises:
        WinnowError: it is missing, damaged or too large.
    """
    return _read(path, of_tensors)


def read_change(path: Path) -> Change:
    """The numbers of a file with a change of layers.

    Raises:
        WinnowError: it is missing, damaged or too large.
    """
    return _read(path, change.of_tensors)


def _read(path: Path, make: Callable[[Mapping[str, np.ndarray]], Learned]) -> Learned:
    def without_marks(tensors: Mapping[str, np.ndarray]) -> Learned:
        return make({name: own for name, own in tensors.items() if name != _LEARNED_FROM})

    read_header(path)
    return _tensors(path, without_marks)


def _tensors(path: Path, make: Callable[[Mapping[str, np.ndarray]], Made]) -> Made:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return make(load(inputs.read_bytes(path, MOST_BYTES)))
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise _damaged(path, error) from error


def learned_from(path: Path) -> frozenset[int]:
    """The images that a tuned encoder learned from or was chosen by, as `mark_of_image` has them.

    Raises:
        WinnowError: the file is missing or damaged.
    """
    read_header(path)
    try:
        return _marks(path, mark_of(path))
    except OSError as error:
        raise _damaged(path, error) from error


def mark_of_image(image_id: str) -> int:
    """What is kept of an image's id: the first 64 bits."""
    return int(image_id[:_ID_DIGITS], 16)


@lru_cache(maxsize=16)
def _marks(path: Path, mark: tuple[int, ...]) -> frozenset[int]:
    def marks(tensors: Mapping[str, np.ndarray]) -> frozenset[int]:
        return frozenset(tensors.get(_LEARNED_FROM, np.empty(0, np.uint64)).ravel().tolist())

    return _tensors(path, marks)


def save(learned: Adapter | Change, header: Header, images: Iterable[str] = ()) -> None:
    """Write a tuned encoder to ``header.path`` in one step, in place of one of that name.

    Args:
        images: ids of those that it learned from or was chosen by.

    Raises:
        WinnowError: the disk is full or the folder cannot be written.
    """
    from safetensors.numpy import save as to_bytes

    metadata = {
        "format": LORA_FORMAT if header.lora else FORMAT,
        "base": header.base,
        "base_identity": header.base_identity,
        "title": header.title,
        "resolution": str(header.resolution),
        "licence": header.licence,
        "figures": json.dumps(header.figures),
        "dim": str(header.dim),
    }
    marks = np.array(sorted(map(mark_of_image, images)), dtype=np.uint64)
    tensors = {**learned.tensors(), **({_LEARNED_FROM: marks} if len(marks) else {})}
    write_atomic(header.path, to_bytes(tensors, metadata))


def add(file: Path) -> Header:
    """Take over a file that somebody handed on, under the name that it has.

    Raises:
        WinnowError: it is no tuned encoder, its name can be none, or another one has it.
    """
    if not file.name.endswith(ENDING):
        raise WinnowError(f"{file.name} is no tuned encoder: those are {ENDING} files.")
    target = folder() / f"{check_name(file.name.removesuffix(ENDING))}{ENDING}"
    header = read_header(file)
    _ = read_change(file) if header.lora else read_adapter(file)
    if target.exists() and sha256_of(target) != sha256_of(file):
        raise WinnowError(
            f"There is another tuned encoder {header.name} already: rename the file, or "
            f"remove the other one with winnow models --remove {header.name}."
        )
    write_atomic(target, inputs.read_bytes(file, MOST_BYTES))
    return read_header(target)


def remove(name: str) -> None:
    """Delete a tuned encoder of this user.

    Raises:
        WinnowError: there is none of that name, or it cannot be deleted.
    """
    path = folder() / f"{check_name(name)}{ENDING}"
    read_header_or_file(path)
    with storage_errors(path):
        path.unlink()


def read_header_or_file(path: Path) -> None:
    """Make sure that there is a file, damaged or not; WinnowError where there is none."""
    if not inputs.is_file(path):
        read_header(path)


def _damaged(path: Path, error: Exception) -> WinnowError:
    return WinnowError(
        f"{path} cannot be read as a tuned encoder ({str(error)[:120] or 'damaged'}): copy it "
        "again, or remove it and tune anew."
    )
