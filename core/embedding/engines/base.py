"""What an engine is: it turns files into rows and vectors, however and wherever it likes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from core.embedding.reading import Read
from core.encoders.base import Encoder
from core.images.scan import FoundFile
from core.store.catalog import ImageRow

HEARTBEAT = 0.5  # seconds after which the caller gets a word although nothing has finished


@dataclass(frozen=True)
class Away:
    """What other processes need to do the work; all of it can be sent to them.

    Attributes:
        read: reads, decodes and prepares one file.
        load: loads the encoder on a device, "cpu" or "cuda".
        readers: files that one process should read at the same time.
    """

    read: Callable[[FoundFile], Read]
    load: Callable[[str], Encoder]
    readers: int = 1


@dataclass(frozen=True)
class Work:
    """What is to be done with each file.

    Attributes:
        read: reads, decodes and prepares one file; may be called from any thread.
        is_stored: whether the vector of an image id is kept already, be it one that came out of
            this run. Asked by the caller's thread only.
        encoder: not to be touched before there is something to encode: it may not be loaded yet.
        batch_size: images a forward pass; chosen from the device when None.
        steady: all passes are of one size, so that a vector has the same bits in every run.
        away: the same for an engine that works in other processes. May load the encoder.
    """

    read: Callable[[FoundFile], Read]
    is_stored: Callable[[str], bool]
    encoder: Encoder
    batch_size: int | None = None
    steady: bool = False
    away: Callable[[], Away] | None = None


@dataclass
class Finished:
    """Something that is ready to be kept.

    Attributes:
        rows: of files whose vectors are stored already or among ``vectors``, or that have none.
        ids: images of ``vectors``, (len(ids), D) float32; empty for files without inference.
    """

    rows: list[ImageRow] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    vectors: np.ndarray | None = None


class Engine(Protocol):
    """Runs the work on many files at once.

    Every engine promises what ``tests/embedding/engines/test_contract.py`` asserts:

    - *Order*: none among files, but a row never comes before the vector that it speaks of.
    - *Once*: each file gives one row; each image is encoded once, however many files hold it, and
      not at all where its vector is stored or its row has a problem. (Processes that know nothing
      of each other may encode a copy again. Its vector comes out once all the same.)
    - *Memory*: images wait for the encoder in a number that does not grow with that of the files;
      ``files`` is taken from as it goes.
    - *Heartbeat*: every ``HEARTBEAT`` seconds something comes, an empty ``Finished`` if need be, so
      that the caller can say how far it is and stop.
    - *Errors*: what ``read`` or the encoder raises comes out of the generator as it is, and ends
      it. A file that cannot be used is no error but a row with a problem.
    - *Stopping*: closing the generator drops what has not begun and returns when nothing of this
      run is at work any more. What came out before is whole.

    Attributes:
        device: where it encodes, "cpu" or "cuda"; None: on the device of the encoder that it gets.
    """

    device: str | None

    def run(self, files: Iterable[FoundFile], work: Work) -> Generator[Finished, None, None]:
        """Work through ``files``.

        Raises:
            WinnowError: what ``work.read`` or the encoder raised.
        """
        ...
