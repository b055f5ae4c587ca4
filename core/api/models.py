"""The model files of a server, each under the name of its file, and the encoders they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import numpy as np

from core.api.batching import Batcher
from core.api.decoding import Picture, Upload
from core.api.metrics import Metrics
from core.api.settings import Refusal, Settings
from core.encoders.base import Encoder
from core.images.names import shown
from core.runtime.errors import WinnowError
from core.services.sorter.answering import Answer, Answering
from core.sorter.model_file import read
from core.sorter.schema import Content
from core.sorter.sorter import Sorter

Load = Callable[[Content], Encoder]
"""Gives the encoder of a model file, see `core.services.sorter.loading`."""


@dataclass(frozen=True, eq=False)
class Served:
    """A model file that is served.

    Attributes:
        name: of its file, without the ending.
    """

    name: str
    sorter: Sorter
    answering: Answering
    batcher: Batcher

    def classify(self, uploads: Sequence[Upload]) -> list[Future[tuple[Picture, Answer]]]:
        """See `Batcher.submit`."""
        return self.batcher.submit(uploads, self.answering.answers)

    def vectors(self, uploads: Sequence[Upload]) -> list[Future[tuple[Picture, np.ndarray]]]:
        """See `Batcher.submit`; the vectors themselves."""
        return self.batcher.submit(uploads, _as_they_are)

    def facts(self) -> dict[str, Any]:
        """What a list of models says of it."""
        content = self.sorter.content
        return {
            "name": self.name,
            "classes": content.names,
            "labels": content.labels.count,
            "accuracy": content.accuracy.model_dump() if content.accuracy else None,
            "created": content.created,
            "encoder": content.encoder.spec,
            "search": self.answering.can_search,
            "words": content.words.template if content.words else None,
        }


def _as_they_are(vectors: np.ndarray, _: Sequence[str]) -> list[np.ndarray]:
    return list(vectors)


class Models:
    """All model files of a server, in the order in which they were named."""

    def __init__(self, served: Sequence[Served], batchers: Sequence[Batcher]) -> None:
        self._by_name = {one.name: one for one in served}
        self._batchers = list(batchers)

    def __iter__(self) -> Any:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def get(self, name: str | None) -> Served:
        """The model of a name; without one, the only model or the first.

        Raises:
            Refusal: there is none of that name.
        """
        if name is None:
            return next(iter(self._by_name.values()))
        if name not in self._by_name:
            listed = ", ".join(shown(other) for other in self._by_name)
            raise Refusal(
                HTTPStatus.NOT_FOUND,
                f"There is no model {shown(name)[:60]!r} here, only: {listed}.",
            )
        return self._by_name[name]

    @property
    def inside(self) -> int:
        """Images that are in work or wait."""
        return sum(batcher.inside for batcher in self._batchers)

    @property
    def alive(self) -> bool:
        """Whether all of them can answer."""
        return all(batcher.alive for batcher in self._batchers)

    def close(self) -> None:
        """Finish what is inside."""
        for batcher in self._batchers:
            batcher.close()


def load_models(
    files: Sequence[Path],
    load: Load,
    settings: Settings,
    metrics: Metrics,
    batch_size: int | None = None,
) -> Models:
    """Read model files and load their encoders, each once.

    Raises:
        WinnowError: a file cannot be used, two have one name, or an encoder is another one.
    """
    _check_names(files)
    answering: list[tuple[str, Answering]] = []
    for file in files:
        sorter = read(file)
        answering.append((file.stem, Answering(sorter, load(sorter.content))))
    batchers: dict[str, Batcher] = {}
    served = []
    for name, own in answering:
        identity = own.encoder.identity
        if identity not in batchers:
            batchers[identity] = Batcher(own.encoder, settings, metrics, batch_size)
        served.append(Served(name, own.sorter, own, batchers[identity]))
    metrics.watch("queue_images", "Images in work or waiting.", lambda: inside(batchers))
    return Models(served, list(batchers.values()))


def inside(batchers: dict[str, Batcher]) -> int:
    """Images in work or waiting, of all encoders."""
    return sum(batcher.inside for batcher in batchers.values())


def _check_names(files: Sequence[Path]) -> None:
    seen: dict[str, Path] = {}
    for file in files:
        if file.stem in seen:
            raise WinnowError(
                f"{shown(seen[file.stem])} and {shown(file)} would be served under one name: "
                "rename one of them."
            )
        seen[file.stem] = file
