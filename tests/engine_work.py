"""Files that are numbers, and an encoder of numbers: work for engines whose outcome is known."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from colours import ColourEncoder

from core.embedding.engines.base import Away, Engine, Work
from core.embedding.reading import Read
from core.images.scan import FoundFile
from core.store.catalog import ImageRow


class Numbers(ColourEncoder):
    """Encodes a number as itself; ``delay`` seconds a batch, at most ``room`` numbers at once."""

    dim = 1

    def __init__(self, lanes: int = 2, delay: float = 0.0, room: int = 1_000) -> None:
        super().__init__()
        self.lanes = lanes
        self.delay = delay
        self.room = room
        self.together = 0
        self.most_together = 0
        self.lock = threading.Lock()

    def __reduce__(self) -> tuple[object, ...]:
        """The way into another process, where it has a lock of its own."""
        return type(self), (self.lanes, self.delay, self.room)

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        with self.lock:
            self.together += 1
            self.most_together = max(self.most_together, self.together)
        time.sleep(self.delay)
        with self.lock:
            self.together -= 1
        if len(pixels) > self.room:
            raise MemoryError
        return pixels.astype(np.float32)


class Untouchable:
    """An encoder of which nothing may be asked."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"the encoder's {name} was asked for")


def files(count: int) -> list[FoundFile]:
    return [FoundFile(f"{n:06d}", 1, 1) for n in range(count)]


def image_of(number: int, distinct: int) -> str:
    return f"{number % distinct:032x}"


def reader(distinct: int = 10**9, broken: int = 0) -> Callable[[FoundFile], Read]:
    """Files hold ``distinct`` different images; every ``broken``-th cannot be used."""

    def read(file: FoundFile) -> Read:
        number = int(file.path)
        if broken and number % broken == 0:
            return Read(ImageRow(file.path, 1, 1, problem="it is broken"))
        row = ImageRow(file.path, 1, 1, image_of(number, distinct))
        return Read(row, np.array([number % distinct]))

    return read


def work(
    encoder: object,
    read: Callable[[FoundFile], Read] | None = None,
    batch: int | None = None,
    stored: bool = False,
) -> Work:
    """Work with an encoder; ``stored`` says of all images that their vectors are kept already."""
    read = read or reader()

    def elsewhere(file: FoundFile) -> Read:
        return replace(read(file), pixels=None) if stored else read(file)

    away = Away(elsewhere, lambda device: encoder)
    return Work(read, lambda _: stored, encoder, batch, away=lambda: away)


def collect(engine: Engine, task: Work, count: int) -> tuple[dict[str, float], list[ImageRow]]:
    """Vectors by id and rows, checked: none twice, and no row before its vector."""
    vectors: dict[str, float] = {}
    rows: list[ImageRow] = []
    task = replace(task, is_stored=lambda image_id: image_id in vectors)
    for finished in engine.run(files(count), task):
        if finished.vectors is not None:
            assert not vectors.keys() & set(finished.ids)
            vectors |= zip(finished.ids, finished.vectors[:, 0].tolist(), strict=True)
        for row in finished.rows:
            assert row.problem or row.id in vectors
        rows += finished.rows
    return vectors, rows
