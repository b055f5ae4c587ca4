"""What a sorter says of images that come one by one: class, set, reasons, look-alikes.

Everything that does not depend on the image is computed once, at the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.encoders.base import Encoder, of_texts, unit_rows
from core.services.sorter.scoring import Scored, Scorer, as_stored
from core.services.sorter.words.speech import template_of, vectors_of
from core.sorter.sorter import Sorter
from core.tags.scores import BANDS

NEIGHBOURS = 3
"""Labeled images that are named as reasons."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a sorter says of one image.

    Attributes:
        probabilities: (K,) float32, summing to 1.
        possible: (K,) bool, classes of the prediction set; None where the sorter promises none.
        prompt: of the best class's prompts the nearest; "" for a class without prompts.
        near: (index of the exemplar, similarity), nearest first; empty without exemplars.
        tags: code → what is said of the tag.
        words: what was read beside the picture; "" for nothing.
    """

    probabilities: np.ndarray
    possible: np.ndarray | None
    prompt: str
    near: list[tuple[int, float]]
    tags: dict[str, Any] = field(default_factory=dict)
    words: str = ""

    @property
    def best(self) -> int:
        """Index of the most probable class."""
        return int(self.probabilities.argmax())


class Answering:
    """A sorter with its encoder, ready to answer. Safe for several threads.

    Attributes:
        template: columns that speak beside pictures; None: pictures alone are judged.
    """

    def __init__(self, sorter: Sorter, encoder: Encoder) -> None:
        """Make the vectors of all prompts.

        Raises:
            WinnowError: the encoder makes no usable vector of one of them, or a rule over tags
                cannot be used.
        """
        self.sorter = sorter
        self.encoder = encoder
        self.names = sorter.names
        self.template = None if sorter.words is None else template_of(sorter)
        self._prompts = [list(part.prompts) for part in sorter.content.classes]
        self._texts = [self._vectors(prompts) for prompts in self._prompts]
        self._scorer = Scorer(sorter)
        examples = sorter.exemplars
        self._exemplars = None if examples is None else examples.vectors.astype(np.float32)

    @property
    def can_search(self) -> bool:
        """Whether the sorter has labeled images to search among."""
        return self._exemplars is not None and len(self._exemplars) > 0

    def answers(self, vectors: np.ndarray, words: Sequence[str] = ()) -> list[Answer]:
        """What is said of images.

        Args:
            vectors: (n, D) float32, as the encoder made them.
            words: (n,) what each says, "" for nothing; () where none says anything. A sorter that
                judges pictures alone does not read them.
        """
        stored = as_stored(vectors)
        wide = stored.astype(np.float32)
        texts = self._read(words)
        scored = self._scorer.scored(stored, texts)
        near = self.nearest(wide, NEIGHBOURS)
        return [
            Answer(
                scored.probabilities[row],
                None if scored.inside is None else scored.inside[row],
                self._prompt(wide[row], int(scored.assigned[row])),
                near[row],
                _tags(scored, row),
                words[row] if texts is not None and texts[row].any() else "",
            )
            for row in range(len(vectors))
        ]

    def nearest(self, vectors: np.ndarray, count: int) -> list[list[tuple[int, float]]]:
        """For each of some vectors (n, D) the most similar exemplars, nearest first."""
        if not self.can_search:
            return [[] for _ in vectors]
        assert self._exemplars is not None
        alike = vectors @ self._exemplars.T
        order = np.argsort(-alike, axis=1, kind="stable")[:, :count]
        return [
            [(int(place), float(row[place])) for place in places]
            for row, places in zip(alike, order, strict=True)
        ]

    def text_vector(self, text: str) -> np.ndarray:
        """(D,) float32 of a text.

        Raises:
            WinnowError: the encoder has no direction for it.
        """
        return self._vectors([text])[0]

    def content(self, answer: Answer, top: int) -> dict[str, Any]:
        """An answer as JSON takes it, with the ``top`` most probable classes."""
        order = np.argsort(-answer.probabilities, kind="stable")
        best = answer.best
        return {
            "class": self.names[best],
            "probability": float(answer.probabilities[best]),
            "set": None
            if answer.possible is None
            else [self.names[k] for k in order if answer.possible[k]],
            "top": [
                {"class": self.names[k], "probability": float(answer.probabilities[k])}
                for k in order[:top]
            ],
            "tags": answer.tags,
            **({"words": answer.words} if answer.words else {}),
            "why": {"prompt": answer.prompt or None, "exemplars": self.exemplars(answer.near)},
        }

    def exemplars(self, near: Sequence[tuple[int, float]]) -> list[dict[str, Any]]:
        """Labeled images as JSON takes them."""
        examples = self.sorter.exemplars
        if examples is None:
            return []
        return [
            {
                "id": examples.ids[place],
                "path": examples.paths[place],
                "class": self.names[int(examples.classes[place])],
                "similarity": similarity,
            }
            for place, similarity in near
        ]

    # -- inside ----------------------------------------------------------------------------------

    def _read(self, words: Sequence[str]) -> np.ndarray | None:
        """(n, D) vectors of texts; None where there is nothing to read, or nobody who reads."""
        if self.template is None or not any(words):
            return None
        return vectors_of(self.encoder, words)

    def _vectors(self, texts: Sequence[str]) -> np.ndarray:
        if not texts:
            return np.zeros((0, self.sorter.head.dim), dtype=np.float32)
        return of_texts(self.encoder.encode_texts(texts), texts, self.encoder.identity)

    def _prompt(self, vector: np.ndarray, k: int) -> str:
        """Of a class's prompts the one that scores highest, as the head scores."""
        texts, head = self._texts[k], self.sorter.head
        if not len(texts):
            return ""
        if head.centring == "images":
            scores = texts @ unit_rows((vector - head.middle)[None])[0]
        elif head.centring == "scores":
            scores = texts @ (vector - head.middle)
        else:
            scores = texts @ vector
        return self._prompts[k][int(scores.argmax())]


def _tags(scored: Scored, row: int) -> dict[str, Any]:
    """Code → confidence and band of one image."""
    return {
        code: {
            "confidence": float(tag.confidence[row]),
            "band": BANDS[int(tag.bands[row])],
        }
        for code, tag in scored.tags.items()
    }
