"""What was predicted at earlier moments, a record each: so it can be told what has moved since.

A record is the class of each image, as a number, beside the names of the classes; the ids of the
images lie in a file of their own, which records of one collection share. Records are thinned out
with age. They are a help and no truth: one that is damaged, or gone, counts as none.
"""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.store.columnar.ids import WIDTH, IdColumn, as_bytes

SLOT = 600.0
"""Seconds of which only the last record is kept."""
_STEPS = ((3 * 3600.0, SLOT), (3 * 86_400.0, 3600.0), (float("inf"), 86_400.0))
"""Up to which age, in seconds, one record in how many seconds is kept."""
MOST = 120
"""Records of one question."""
UNJUDGED = 65_535
"""The code of an image that no model judged without having seen its label."""
_MOST_BYTES = 512_000_000  # of a record, or of its images, that are read
_IMAGES = "images-{}.ids"
_NO_RECORD = (
    OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, RuntimeError, SyntaxError,
    zipfile.BadZipFile, zlib.error, WinnowError,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Past:
    """What was predicted at one moment.

    Attributes:
        time: seconds since the epoch.
        names: (K,) classes.
        ids: (N,) image ids.
        codes: (N,) uint16 the class of each image, people's labels included.
        figures: what else was known: "accuracy", "low", "high", "n", "labels", "model".
        judged: (N,) uint16 the class that a model gave which had not seen the image's label,
            `UNJUDGED` where there is none; None in records of before it was kept.
    """

    time: float
    names: Sequence[str]
    ids: Sequence[str]
    codes: np.ndarray
    figures: dict[str, Any] = field(default_factory=dict)
    judged: np.ndarray | None = None


def keep(folder: Path, record: Past) -> None:
    """Write a record, in place of the last one of the same ten minutes, and thin out old ones.

    Raises:
        WinnowError: the disk is full or cannot be written.
    """
    write(folder, f"{round(record.time * 1000):015d}", record)
    _thin(folder, record.time)


def write(folder: Path, name: str, record: Past) -> None:
    """Write a record as ``name``.npz, beside the ids of its images; no other is touched.

    Raises:
        WinnowError: the disk is full or cannot be written.
    """
    raw = as_bytes(record.ids).tobytes()
    digest = hashlib.blake2b(raw, digest_size=8).hexdigest()
    images = folder / _IMAGES.format(digest)
    if not images.exists():
        write_atomic(images, raw)
    about = {"time": record.time, "names": list(record.names), "images": digest}
    about |= {"figures": record.figures}
    arrays = {
        "codes": np.asarray(record.codes, dtype=np.uint16),
        "about": np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
    }
    if record.judged is not None:
        arrays["judged"] = np.asarray(record.judged, dtype=np.uint16)
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]  # its stub lacks the names
    write_atomic(folder / f"{name}.npz", content.getvalue())


def moments(folder: Path) -> list[tuple[float, Path]]:
    """When there are records of, in seconds since the epoch, and their files; oldest first."""
    records = []
    for path in folder.glob("*.npz"):
        if path.stem.isdigit():
            records.append((int(path.stem) / 1000, path))
    return sorted(records)


def read(path: Path) -> Past | None:
    """A record; None when it, or the file with its images, is damaged or gone."""
    try:
        codes, judged, about = _content(path)
        names, figures, digest = about["names"], about["figures"], about["images"]
        if not (isinstance(digest, str) and digest.isalnum() and isinstance(figures, dict)):
            return None
        raw = inputs.read_bytes(path.parent / _IMAGES.format(digest), _MOST_BYTES)
        whole = hashlib.blake2b(raw, digest_size=8).hexdigest() == digest
        whole = whole and len(raw) == 16 * len(codes) and codes.ndim == 1
        named = isinstance(names, list) and all(isinstance(name, str) for name in names)
        if not whole or not named or (len(codes) and int(codes.max()) >= len(names)):
            return None
        if judged is not None and not _fits(judged, len(codes), len(names)):
            return None
        ids = IdColumn(np.frombuffer(raw, dtype=np.uint8).reshape(-1, WIDTH))
        return Past(float(about["time"]), names, ids, codes, figures, judged)
    except _NO_RECORD:
        return None


def _fits(judged: np.ndarray, images: int, classes: int) -> bool:
    real = judged[judged != UNJUDGED]
    return judged.shape == (images,) and (not len(real) or int(real.max()) < classes)


def _content(path: Path) -> tuple[np.ndarray, np.ndarray | None, dict[str, Any]]:
    with inputs.open_file(path) as file, zipfile.ZipFile(file) as parts:
        if sum(part.file_size for part in parts.infolist()) > _MOST_BYTES:
            raise ValueError("more than a record can hold")
        file.seek(0)
        with np.load(file, allow_pickle=False) as content:
            about = inputs.parse_json(content["about"].tobytes().decode())
            judged = content["judged"] if "judged" in content.files else None
            return content["codes"], judged, about


def last_before(folder: Path, moment: float) -> Past | None:
    """The latest whole record that is not after a moment; None where there is none."""
    for when, path in reversed(moments(folder)):
        if when <= moment and (record := read(path)) is not None:
            return record
    return None


def _thin(folder: Path, now: float | None = None) -> None:
    """Drop what is closer to its neighbours than its age allows, and images of no record."""
    now = time.time() if now is None else now
    taken: set[tuple[float, int]] = set()
    records = moments(folder)
    count = 0
    for when, path in reversed(records):
        apart = next(step for oldest, step in _STEPS if now - when <= oldest)
        slot = (apart, int(when // apart))
        if slot in taken or count >= MOST:
            path.unlink(missing_ok=True)
            continue
        taken.add(slot)
        count += 1
    if count < len(records):
        _forget_images(folder)


def _forget_images(folder: Path) -> None:
    used = set()
    for _, path in moments(folder):
        try:
            used.add(_IMAGES.format(_content(path)[2]["images"]))
        except _NO_RECORD:
            continue
    for path in folder.glob(_IMAGES.format("*")):
        if path.name not in used:
            path.unlink(missing_ok=True)
