"""An upload made ready for the encoder: the same way as a file of a collection is."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus

import numpy as np
from PIL import Image

from core.api.settings import Refusal
from core.encoders.base import Encoder
from core.images.decode import FORMATS, decoding
from core.images.hash import content_id

_NOTHING = np.empty(0, dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class Upload:
    """The bytes of an image file, what the client calls it, and the words that come with it."""

    data: bytes
    name: str = ""
    words: str = ""


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded upload.

    Attributes:
        id: content id of the file's bytes.
        pixels: what the encoder takes, (H, W, 3) uint8.
        width, height: of the upright original.
        notes: what a person may want to know of the file.
    """

    id: str
    name: str
    pixels: np.ndarray
    width: int
    height: int
    notes: tuple[str, ...]

    def without_pixels(self) -> Picture:
        """The same for whoever needs the facts only."""
        return replace(self, pixels=_NOTHING)


def prepare(upload: Upload, encoder: Encoder, most_pixels: int) -> Picture:
    """Decode an upload; waits for room in memory where it is large.

    Raises:
        UnreadableImage: it is no picture that can be read.
        Refusal: it has too many pixels.
    """
    _check_pixels(upload, most_pixels)
    with decoding(upload.data, upload.name, encoder.draft_px) as decoded:
        return Picture(
            content_id(upload.data),
            upload.name,
            encoder.preprocess(decoded.image),
            decoded.width,
            decoded.height,
            decoded.notes,
        )


def _check_pixels(upload: Upload, most: int) -> None:
    """Refuse by the header alone; a damaged one is the decoder's concern."""
    size = (0, 0)
    with suppress(Exception), Image.open(io.BytesIO(upload.data), formats=FORMATS) as opened:
        size = opened.size
    if size[0] * size[1] > most:
        raise Refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The image has {size[0]:,} × {size[1]:,} pixels, more than the "
            f"{most // 1_000_000} megapixels that this server takes: send it smaller.",
        )
