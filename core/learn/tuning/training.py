"""Maps on frozen vectors, learned from pairs, whose agreement is added to the score.

    score = v·t + w² g(v) (p t̂(v)·t + (1 - p) v·v̂(t))

for an image v and a text t, all cosines but the first. t̂(v) is the text that the image should have,
v̂(t) the image that the text should have, by kernel ridge regression (Saunders et al. 1998), both in
a frame. They follow from sums over the pairs, so it takes seconds, and they match held-out pairs
better than maps that a symmetric cross-entropy was brought down for. That what is learned stands
beside what was there, in a share that is chosen on validation, follows CLIP-Adapter (Gao et al.
2021, arXiv 2110.04544). Pairs that chose the share are learned from too, once it is chosen.

g(v) in 0..1 says how much an image is like those of the pairs. It comes from outside, with the
kernel and all else that scores are made by when the maps are in use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from core.learn.tuning.agreement import disagreement
from core.learn.tuning.pairs import Pairs, joined
from core.learn.tuning.ranks import outcomes
from core.learn.tuning.ridge import ridge
from core.runtime.progress import Report
from core.runtime.threads import each

STEP = "Learning from pairs"
_SCALE = 20.0  # what scores are multiplied with for the loss, as softmax takes them


class Side(Protocol):
    """What was learned of images, or of texts."""

    def parts(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For vectors (n, D) the answer and their own coordinates, unit rows both."""
        ...


S_co = TypeVar("S_co", bound=Side, covariant=True)


class Kernel(Protocol[S_co]):
    """Nearness of vectors to landmarks, fitted to vectors."""

    @property
    def landmarks(self) -> np.ndarray:
        """(m, k) float32, coordinates."""
        ...

    def coordinates(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors (n, D) in a frame, (n, k) float32."""
        ...

    def near(self, coordinates: np.ndarray) -> np.ndarray:
        """Nearness (n, m) float32 of coordinates to landmarks."""
        ...

    def side(self, answer: np.ndarray, own: int) -> S_co:
        """With a map (m, a) from nearness on top."""
        ...


@dataclass(frozen=True)
class Settings:
    """How the maps are learned.

    Attributes:
        own: numbers of a frame that the other side answers with.
        noise: of the regressions.
        weights: of what is learned against the base, that validation chooses from: at 1.5 each of
            the two parts spreads as the base's scores do.
        shares: of the learned groups that are tried before all, for the learning curve.
        most: pairs that are learned from; judged: groups of pairs that validation looks at; bank:
            texts that are handed on.
    """

    own: int = 200
    noise: float = 0.1
    weights: tuple[float, ...] = (0.7, 1.0, 1.5, 2.2, 3.3)
    shares: tuple[float, ...] = (0.25, 0.5)
    most: int = 20_000
    judged: int = 1_000
    bank: int = 1_500


@dataclass(frozen=True, eq=False)
class Maps(Generic[S_co]):
    """What was learned.

    Attributes:
        image, text: of either.
        shares: (2,) float32, p and 1 - p.
        weight: w.
        bank: (n, D) float32, some of the texts that were learned from.
    """

    image: S_co
    text: S_co
    shares: np.ndarray
    weight: float
    bank: np.ndarray


@dataclass(frozen=True, eq=False)
class Trained(Generic[S_co]):
    """The end of a training.

    Attributes:
        tried: maps of the pairs that were to be learned from alone, for figures on validation.
        maps: of those and validation's pairs. Both None where validation found nothing better
            than the base.
        history: a look at validation each: step, that is pairs learned from, loss, and MRR of both
            directions.
    """

    tried: Maps[S_co] | None
    maps: Maps[S_co] | None
    history: list[dict[str, float]] = field(default_factory=list)


class Mapped(Protocol):
    """Maps in use."""

    def images(self, vectors: np.ndarray) -> np.ndarray:
        """Tuned vectors of images (n, D)."""
        ...

    def texts(self, vectors: np.ndarray) -> np.ndarray:
        """Tuned vectors of texts (n, D)."""
        ...


def train(
    learned: Pairs,
    validation: Pairs,
    kernel: Callable[[np.ndarray], Kernel[S_co]],
    use: Callable[[Maps[S_co]], Mapped],
    centred: bool,
    seed: int = 0,
    settings: Settings | None = None,
    report: Report | None = None,
) -> Trained[S_co]:
    """Learn the maps.

    Args:
        learned, validation: pairs with no group in common.
        kernel: fits one to vectors (n, D).
        use: maps as they will be used.
        centred: scores are taken after the mean of the images is taken off.
        seed: of what is drawn.
        report: takes steps, and the wish to stop.

    Raises:
        Cancelled: asked to stop.
    """
    settings, report = settings or Settings(), report or Report()
    looked = _Look(validation.part(settings.judged, seed), use, centred)
    history = [{"step": 0.0, "loss": looked.loss(None), "mrr": looked.mrr(None)}]
    best: Maps[S_co] | None = None
    for number, share in enumerate((*settings.shares, 1.0)):
        report.step(STEP, number, len(settings.shares) + 2)
        own = learned.part(round(share * learned.groups), seed).few(settings.most, seed)
        best = _weighed(_fit(own, kernel, settings), own, looked, settings)
        looks = {"loss": looked.loss(best), "mrr": looked.mrr(best)}
        history.append({"step": float(len(own)), **looks})
    if best is None or history[-1]["mrr"] <= history[0]["mrr"]:
        return Trained(None, None, history)
    report.step(STEP, len(settings.shares) + 1, len(settings.shares) + 2)
    every = joined(learned, validation).few(settings.most, seed)
    sides = _fit(every, kernel, settings)
    maps = Maps(*sides, best.shares, best.weight, _bank(every, settings))
    return Trained(best, maps, history)


def _fit(
    pairs: Pairs, kernel: Callable[[np.ndarray], Kernel[S_co]], settings: Settings
) -> tuple[S_co, S_co]:
    """Both sides, learned from pairs."""
    image, text = each(kernel, (pairs.images, pairs.texts))
    shown = image.coordinates(pairs.images)[pairs.image]
    spoken = text.coordinates(pairs.texts)[pairs.text]

    def side(what: tuple[Kernel[S_co], np.ndarray, np.ndarray]) -> S_co:
        own, rows, targets = what
        near, inside = own.near(rows), own.near(own.landmarks)
        answer = ridge(near, inside, targets[:, : settings.own], settings.noise)
        return own.side(answer, min(settings.own, rows.shape[1]))

    first, second = each(side, ((image, shown, spoken), (text, spoken, shown)))
    return first, second


class _Look:
    """Validation: its pairs, and how well scores match them."""

    def __init__(self, pairs: Pairs, use: Callable[[Maps[Any]], Mapped], centred: bool) -> None:
        self.pairs, self._use, self._centred = pairs, use, centred

    def vectors(self, maps: Maps[Any] | None) -> tuple[np.ndarray, np.ndarray]:
        """Images (N, d) and texts (M, d) as they are scored; the base's for None."""
        images, texts = self.pairs.images, self.pairs.texts
        if maps is not None:
            mapped = self._use(maps)
            images, texts = mapped.images(images), mapped.texts(texts)
        return images - images.mean(axis=0) if self._centred else images, texts

    def mrr(self, maps: Maps[Any] | None) -> float:
        """MRR, mean of both directions."""
        (images, texts), own = self.vectors(maps), self.pairs
        forth = outcomes(texts, images, own.text, own.image)[:, 3].mean()
        back = outcomes(images, texts, own.image, own.text)[:, 3].mean()
        return float(forth + back) / 2

    def loss(self, maps: Maps[Any] | None) -> float:
        """The symmetric cross-entropy of all pairs at once."""
        import torch

        images, texts = self.vectors(maps)
        scores = _SCALE * images[self.pairs.image] @ texts[self.pairs.text].T
        return float(
            disagreement(*map(torch.from_numpy, (scores, self.pairs.image, self.pairs.text)))
        )


def _weighed(
    sides: tuple[S_co, S_co], learned: Pairs, looked: _Look, settings: Settings
) -> Maps[S_co]:
    """With the weight that matches validation best, and as much of one part as of the other."""
    images, texts = looked.vectors(None)
    answer, own = sides[0].parts(looked.pairs.images)
    replied, spoken = sides[1].parts(looked.pairs.texts)
    spreads = np.array([(answer @ spoken.T).std(), (own @ replied.T).std()])
    parts = float((images @ texts.T).std()) / np.maximum(spreads, 1e-6) / 1.5
    shares, bank = (parts / parts.sum()).astype(np.float32), _bank(learned, settings)
    tried = [
        Maps(*sides, shares, float(np.sqrt(weight * parts.sum())), bank)
        for weight in settings.weights
    ]
    return tried[int(np.argmax(each(looked.mrr, tried)))]


def _bank(learned: Pairs, settings: Settings) -> np.ndarray:
    drawn = np.random.default_rng(0).permutation(len(learned.texts))[: settings.bank]
    return learned.texts[np.sort(drawn)]
