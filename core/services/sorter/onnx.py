"""A sorter as an ONNX file, checked with pictures of the collection before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.encoders import registry
from core.encoders.base import Encoder
from core.encoders.towers import tower_of
from core.images.decode import UnreadableImage, decoding, read_image_file
from core.images.names import shown
from core.images.opening import room_for
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.runtime.progress import Report
from core.sorter.sorter import Sorter

if TYPE_CHECKING:
    from core.sorter.onnx.checking import Checked

PICTURES = 24
"""Of the collection, drawn at random, that a file is checked with."""
_TRIED = 200  # pictures that are looked at until so many can be read
_NEEDED = ("onnx", "onnxscript", "onnxruntime")


def ready(encoder: Encoder, path: Path) -> None:
    """Make sure that a file can be written, before a sorter is made for it.

    Raises:
        WinnowError: packages are missing, the encoder cannot be written, or the file is there.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        raise WinnowError(
            "Writing ONNX needs packages that are not installed: add them with "
            "pip install 'winnow[onnx]'."
        )
    tower_of(encoder)
    if path.exists():
        raise WinnowError(f"{shown(path)} is there already: choose another name or remove it.")


def write_onnx(
    sorter: Sorter,
    snapshot: Snapshot,
    file_of: Callable[[str], Path | None],
    path: Path,
    report: Report | None = None,
) -> Checked:
    """Write the encoder's image tower and the sorter's head as one graph.

    What is written says the same as the sorter, or is not kept. Tags are left out.

    Args:
        snapshot: of the collection that the sorter was made of.
        file_of: content id → a file that holds the image.

    Raises:
        WinnowError: it cannot be written, is too large, or says something else than the sorter.
        StorageError: the disk is full or broken, or the folder cannot be written.
        Cancelled: asked to stop.
    """
    from core.sorter.onnx import checking, writing
    from core.sorter.onnx.graph import SorterGraph

    report = report or Report()
    encoder = snapshot.encoder
    if encoder.device != "cpu":  # half precision there, full precision in the file
        encoder = registry.load_encoder(encoder.spec, "cpu", report)
    pixels = _pictures(snapshot, encoder, file_of, report)
    report.step("Writing the ONNX graph")
    tower = tower_of(encoder).image_tower()
    height, width = pixels.shape[1:3]
    properties = writing.properties_of(sorter.content, (height, width), tower.preprocessing)
    checked: list[Checked] = []

    def make(target: Path) -> None:
        writing.write(SorterGraph(tower.module, sorter.head), (height, width), properties, target)
        report.step("Checking the ONNX graph")
        checked.append(checking.check(target, sorter.head, encoder, pixels))

    write_atomic(path, make)
    return checked[0]


def _pictures(
    snapshot: Snapshot,
    encoder: Encoder,
    file_of: Callable[[str], Path | None],
    report: Report,
) -> np.ndarray:
    """Random pictures of the collection as (B, H, W, 3) uint8; those that are gone are passed by.

    Raises:
        WinnowError: there is none.
    """
    made: list[np.ndarray] = []
    for row in snapshot.audit_order[:_TRIED].tolist():
        report.step("Reading pictures to check with", len(made), PICTURES)
        path = file_of(snapshot.pool.ids[row])
        if path is not None:
            with suppress(UnreadableImage):
                made.append(_pixels(encoder, path))
        if len(made) == PICTURES:
            break
    if not made:
        raise WinnowError(
            "No image of the collection can be read, and the ONNX graph is checked with them: "
            "reconnect the folder's drive, or export without --onnx."
        )
    return np.stack(made)


def _pixels(encoder: Encoder, path: Path) -> np.ndarray:
    """(H, W, 3) uint8 of an image file, as embedding makes them."""
    with (
        room_for(path, lambda: encoder.draft_px) as lease,
        decoding(read_image_file(path), path.name, encoder.draft_px, lease) as decoded,
    ):
        return encoder.preprocess(decoded.image)
