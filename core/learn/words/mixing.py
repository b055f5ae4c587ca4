"""Fits of pictures and words: how far to trust each is learned from labels, out of fold.

One regression is fitted for each of a few pairs of scales. Each is scored by what it says of labels
that it did not see, and their probabilities are averaged by that, as trust in prompts is: so words
that are far better than pictures are not diluted by them, and words that say nothing do not count.
With few labels the average leans to what judges without any.

Measured on clip art (`benchmarks/words.py`): side by side, words with keywords lose to words alone;
averaged, both together never lose to the better of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import cast

import numpy as np
from numpy.typing import NDArray

from core.learn.heads.names import PLAIN
from core.learn.heads.registry import HEADS, Head
from core.learn.models.folds import deal_folds
from core.learn.models.frame import DIRECTIONS, Frame, Ground
from core.learn.models.fused import Fit, Model, Scorer, Thrift, fit
from core.learn.models.many import MANY
from core.learn.models.softmax import softmax
from core.learn.words.model import LEAST_TRUST, PICTURE, Mix, Part, WordModel, lighter, offsets_of
from core.learn.words.screening import MEMORY, glance, margin
from core.runtime.threads import each

__all__ = ["GRID", "WORDS_ALONE", "Blend", "Labels", "fit_words"]

GRID = (
    PICTURE,
    Mix(1.0, 0.5, "joint"),
    Mix(1.0, 1.0, "joint"),
    Mix(0.5, 1.0, "joint"),
    Mix(1.0, 1.0, "words"),
    Mix(0.5, 1.0, "words"),
    Mix(0.0, 1.0, "words"),
)
"""From pictures alone to words alone."""

WORDS_ALONE = (Mix(0.0, 1.0, "words"),)
"""For comparison: pictures have no say, and an image without words is guessed by class shares."""

_LEAN = 3.0  # nats for what judges without labels
_LEAST_SHARE = 0.05  # of the average; regressions below it are not fitted again for held labels
_FEW_LABELS, _MOST = 150, 2  # with more labels than that, no more regressions are averaged
_TINY = 1e-30
_TOLERANCE = 3e-5  # of the solver; a fifteenth less time, and off by hundredths of a nat
_DIRECTIONS = 300  # what labels tell of more is within the noise, and costs an eighth of the time

_Float = NDArray[np.float32]
_Array = NDArray[np.float64]
_Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Blend:
    """How pictures and words are put together.

    Attributes:
        frame: of the pictures.
        grid: scales to average over.
        agree: whether words have a say without labels.
        silent: whether there are images without words, which the picture alone judges.
        head: whose loss or function fits a regression.
    """

    frame: Frame
    grid: Sequence[Mix]
    agree: bool
    silent: bool
    head: Head = HEADS[PLAIN]

    def lean(self, mix: Mix) -> float:
        """Nats by which a mix is ahead before any label: those that judge without labels are."""
        return _LEAN * (mix.offsets == ("joint" if self.agree else "picture"))


@dataclass(frozen=True, eq=False)
class Labels:
    """Labeled images m: inputs (m, D + r + 1), offsets (m, 3 K), class shares (m, K)."""

    blend: Blend
    inputs: _Float
    offsets: NDArray[np.floating]
    targets: _Array
    seed: int
    grounds: dict[tuple[float, float], Ground] = field(default_factory=dict)

    def fit(
        self, mix: Mix, held: Sequence[_Rows] = (), whole: Fit[Scorer] | None = None
    ) -> Fit[Scorer]:
        """One regression, on all images: those without words have zeros for them.

        whole: the same with nothing held out.
        """
        own = offsets_of(self.offsets, mix.offsets)
        material = self.inputs, own, self.targets, held, self.seed
        head = self.blend.head
        if head.fit is not None or not len(self.targets):
            return head.fits(self.frame(mix), *material)
        ground = self.ground(mix)
        # Pictures alone are fitted as where there are no words: they judge what has none.
        thrift = Thrift() if mix == PICTURE else Thrift(memory=MEMORY, tolerance=_TOLERANCE)
        if whole:
            thrift = replace(thrift, least=LEAST_TRUST)
        earlier = cast("Fit[Model] | None", whole)
        return fit(ground.frame, *material, head.shaping, ground, earlier, thrift)

    def frame(self, mix: Mix) -> Frame:
        """That of the inputs as a mix has them."""
        return _joint(self.blend.frame, mix, self.inputs.shape[1])

    def ground(self, mix: Mix) -> Ground:
        """Folds and span of the labeled images as a mix has them, made once for all alike."""
        scales = mix.picture, mix.words
        if scales not in self.grounds:
            directions = DIRECTIONS if mix == PICTURE else _DIRECTIONS
            material = self.inputs, self.targets, self.seed, self.folds, directions
            self.grounds[scales] = Ground.of(self.frame(mix), *material)
        return self.grounds[scales]

    @cached_property
    def folds(self) -> _Rows:
        """(m,) as every fit deals them."""
        return deal_folds(self.inputs, self.targets, self.seed)

    def promising(self) -> list[Mix]:
        """The mixes of the grid that may have a share in the average."""
        grid = self.blend.grid
        present = self.inputs[:, -1] > 0
        groups = [
            [mix for mix in grid if (mix.picture, mix.words) == scales]
            for scales in dict.fromkeys((mix.picture, mix.words) for mix in grid)
        ]

        def look(group: list[Mix]) -> list[tuple[Mix, float]]:
            own = [offsets_of(self.offsets, mix.offsets) for mix in group]
            looks = glance(self.ground(group[0]), own, self.targets)
            return [
                (mix, float(of_labels[present].sum()) + self.blend.lean(mix))
                for mix, of_labels in zip(group, looks, strict=True)
            ]

        seen = dict(chain.from_iterable(each(look, groups)))
        least = max(seen.values()) - margin(len(self.targets))
        # Where words name the class, all are as good, and each would cost as much as the first.
        most = _MOST if len(self.targets) > _FEW_LABELS else len(grid)
        first = sorted(grid, key=lambda mix: -seen[mix])[:most]
        return [mix for mix in grid if mix in first and seen[mix] > least]

    def likelihood(self, fitted: Fit[Scorer], mix: Mix) -> _Array:
        """Return (m,) the log-likelihood of each label by a model that did not see it.

        0 for images without words, which none of these models judges.
        """
        result = np.zeros(len(self.inputs))
        own, present = offsets_of(self.offsets, mix.offsets), self.inputs[:, -1] > 0
        for fold, model in enumerate(fitted.others):
            out = (fitted.folds == fold) & present
            if out.any():
                logs = np.log(np.maximum(model.predict(self.inputs[out], own[out]), _TINY))
                result[out] = (self.targets[out] * logs).sum(axis=1)
        return result


def fit_words(
    blend: Blend,
    inputs: _Float,
    offsets: NDArray[np.floating],
    targets: _Array,
    held: Sequence[_Rows] = (),
    seed: int = 0,
) -> Fit[WordModel]:
    """Fit to m labeled images as `core.learn.models.fused.fit` does, words beside pictures.

    inputs, offsets: (m, D + r + 1) and (m, 3 K) of `core.learn.words.block.Words`. targets, held,
    seed: as there.
    """
    labels = Labels(blend, inputs, offsets, targets, seed)
    if len(targets) == 0:
        mix = max(blend.grid, key=blend.lean)
        part = Part(mix, 1.0, labels.fit(mix).model)
        whole = WordModel((part,), labels.fit(PICTURE).model if blend.silent else None)
        return Fit(whole, [whole] * len(held), [], np.empty(0, dtype=np.intp))
    grid, likelihood, fits, alone = _contest(labels, held)
    pictures = _models(alone) if alone else None
    lean, members = np.array([blend.lean(mix) for mix in grid]), [_models(one) for one in fits]
    folds = fits[0].folds

    def model(group: int, seen: NDArray[np.bool_]) -> WordModel:
        shares = softmax((likelihood[:, seen].sum(axis=1) + lean)[None])[0].astype(float)
        parts = tuple(
            Part(mix, float(share), lighter(own[group]))
            for mix, share, own in zip(grid, shares, members, strict=True)
        )
        return WordModel(parts, pictures[group] if pictures else None)

    places, begin = np.arange(len(targets)), 1 + len(held)
    without = [model(1 + index, ~np.isin(places, out)) for index, out in enumerate(held)]
    others = [model(begin + fold, folds != fold) for fold in range(len(fits[0].others))]
    return Fit(model(0, places >= 0), without, others, folds)


def _contest(
    labels: Labels, held: Sequence[_Rows]
) -> tuple[list[Mix], _Array, list[Fit[Scorer]], Fit[Scorer] | None]:
    """The mixes that count, (mixes, m) out-of-fold likelihoods, and their fits.

    And that of pictures alone where some images have no words, whether it counts or not.
    """
    blend = labels.blend
    # Fits of very many classes are large, and one after the other.
    most = 1 if labels.targets.shape[1] > MANY else None
    tried = list(blend.grid)
    # Heads that learn otherwise may come to another order.
    if most is None and len(tried) > 1 and blend.head is HEADS[PLAIN]:
        tried = labels.promising()
    # It judges images as it is, so with groups to hold out from the start.
    alone = {PICTURE: held} if blend.silent else {}
    mixes = list(dict.fromkeys([*alone, *tried]))
    first = each(lambda mix: labels.fit(mix, alone.get(mix, ())), mixes, most)
    fitted = dict(zip(mixes, first, strict=True))
    likelihood = np.stack([labels.likelihood(fitted[mix], mix) for mix in tried])
    lean = [blend.lean(mix) for mix in tried]
    shares = softmax((likelihood.sum(axis=1) + lean)[None])[0]
    worth = [place for place in range(len(tried)) if shares[place] > _LEAST_SHARE]
    grid = [tried[place] for place in worth]

    def again(mix: Mix) -> Fit[Scorer]:
        return fitted[mix] if mix in alone or not held else labels.fit(mix, held, fitted[mix])

    return grid, likelihood[worth], each(again, grid, most), fitted[PICTURE] if alone else None


def _joint(frame: Frame, mix: Mix, width: int) -> Frame:
    """The frame of inputs (width,): pictures in their own, words as they are, both scaled."""
    dim, words = len(frame.centre), width - len(frame.centre) - 1
    turn = np.zeros((width, dim + words))
    turn[:dim, :dim] = mix.picture * frame.turn
    turn[dim:-1, dim:] = mix.words * np.eye(words)
    return Frame(np.concatenate([frame.centre, np.zeros(words + 1)]), turn)


def _models(fitted: Fit[Scorer]) -> list[Scorer]:
    return [fitted.model, *fitted.without, *fitted.others]
