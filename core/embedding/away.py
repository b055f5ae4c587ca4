"""The work of an engine in a form that can be sent to other processes, on other machines perhaps.

There a folder that stands for an address is made anew from that address, the encoder is loaded by
its name, and of the vectors that are stored only the ids are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.embedding.engines.base import Away
from core.embedding.reading import Read, read
from core.encoders import registry
from core.encoders.base import Encoder
from core.images.names import located, shown
from core.images.scan import FoundFile
from core.images.sources import places
from core.images.sources.address import is_address, of_file
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    from PIL.Image import Image

_ON_THIS_MACHINE = "file://"


def away(images: Path, encoder: Encoder, stored: Iterable[str] = ()) -> Away:
    """What other processes need to read the files of a folder and to encode them.

    Args:
        images: the folder, or the one that stands for an address.
        encoder: it is loaded for this if it is not yet: what prepares pixels is its own.
        stored: ids of the images that need no vector.
    """
    shaper = Shaped(encoder.draft_px, encoder.preprocessor)
    return Away(
        read=Reader(places.address_of(images) or str(images), shaper, Ids.of(stored)),
        load=Loading(encoder.spec, encoder.identity),
        readers=places.readers(images) or 1,
    )


@dataclass(frozen=True)
class Shaped:
    """An encoder's way to prepare pictures, without the encoder; see `reading.Shaper`."""

    draft_px: int | None
    shape: Callable[[Image], np.ndarray]

    def preprocess(self, image: Image, /) -> np.ndarray:
        """An RGB image as pixels."""
        return self.shape(image)


@dataclass(frozen=True, eq=False)
class Ids:
    """Ids of images in 16 bytes each: a sorted array, which the processes of a machine share."""

    sorted: np.ndarray

    @classmethod
    def of(cls, ids: Iterable[str]) -> Ids:
        """From hexadecimal ids of 32 digits."""
        raw = b"".join(map(bytes.fromhex, ids))
        return cls(np.sort(np.frombuffer(raw, dtype="S16")))

    def __contains__(self, image_id: str) -> bool:
        wanted = bytes.fromhex(image_id).rstrip(b"\0")  # as NumPy compares such texts
        place = int(np.searchsorted(self.sorted, np.bytes_(wanted)))
        return place < len(self.sorted) and bytes(self.sorted[place]) == wanted


@dataclass(frozen=True)
class Reader:
    """Reads files as `core.embedding.reading.read` does, wherever it was sent.

    Attributes:
        images: the folder or address.
        stored: ids of the images that need no pixels.
    """

    images: str
    shaper: Shaped
    stored: Ids

    def __call__(self, file: FoundFile) -> Read:
        path = located(_folder(self.images), file.path)
        return read(path, file, {}, self.stored, self.shaper)


@dataclass(frozen=True)
class Loading:
    """Loads an encoder by its name and makes sure that it is the same one.

    Attributes:
        identity: of the encoder that is wanted.
    """

    spec: str
    identity: str

    def __call__(self, device: str) -> Encoder:
        """The encoder on a device.

        Raises:
            WinnowError: it cannot be loaded, or another one is called so here.
        """
        encoder = registry.load_encoder(self.spec, device)
        if encoder.identity != self.identity:
            raise WinnowError(
                f"{shown(self.spec)} is another encoder on a machine of the cluster "
                f"({encoder.identity}, not {self.identity}): install the same versions everywhere."
            )
        return encoder


@lru_cache(maxsize=8)
def _folder(images: str) -> Path:
    """The folder on this machine; one that stands for an address is made where there is none."""
    if images.startswith(f"{_ON_THIS_MACHINE}/"):
        return places.folder_for(of_file(Path(images.removeprefix(_ON_THIS_MACHINE))))
    if is_address(images):
        return places.folder_for(images, named=True)
    folder = Path(images)
    if not folder.is_dir():
        raise WinnowError(
            f"A machine of the cluster does not see the folder {shown(folder)}: put the images "
            "where all machines see them at the same path, or into a bucket (s3://, gs://, az://)."
        )
    return folder
