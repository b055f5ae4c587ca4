"""Towers that see pictures and read texts, changed by what pairs say of them.

One pass over the pairs after the other; the learning rate warms up and then falls as a cosine does
(Loshchilov and Hutter 2017, arXiv 1608.03983). It ends early once validation gains no more. After
each pass all that the rest follows from is kept, so that a run that was killed goes on to the same
numbers on the same machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from core.learn.tuning.agreement import disagreement
from core.learn.tuning.pairs import Pairs
from core.learn.tuning.ranks import outcomes
from core.runtime.progress import Report

if TYPE_CHECKING:
    import torch

STEP = "Learning from pairs"
_AT_ONCE = 64  # that validation encodes


class Towers(Protocol):
    """What is trained. Rows are those of the pairs that are trained on.

    Attributes:
        parameters: what is learned, by name; the same names in the same order every time.
        scale: what scores are multiplied with.
    """

    parameters: dict[str, torch.nn.Parameter]
    scale: float

    def images(self, rows: np.ndarray) -> torch.Tensor:
        """Vectors (n, D) float32 of unit norm."""
        ...

    def texts(self, rows: np.ndarray) -> torch.Tensor:
        """Vectors (n, D) float32 of unit norm."""
        ...


@dataclass(frozen=True, eq=False)
class Interim:
    """A run between two passes: tensors by name, and facts that JSON can hold."""

    tensors: dict[str, torch.Tensor]
    facts: dict[str, Any]


class Keeper(Protocol):
    """Where a run is kept."""

    def load(self) -> Interim | None:
        """What was saved last; None at the first start."""
        ...

    def save(self, interim: Interim) -> None:
        """Put it in place of what was saved before, in one step."""
        ...


@dataclass(frozen=True)
class Settings:
    """How towers are trained.

    Attributes:
        batch: pairs a step; passes: over all pairs, at most; patience: passes without a gain
            after which it ends.
        rate, decay: learning rate and weight decay of AdamW; warm_up: share of all steps.
        most: groups of pairs that validation looks at.
    """

    batch: int = 64
    passes: int = 30
    patience: int = 4
    rate: float = 1e-3
    decay: float = 1e-2
    warm_up: float = 0.1
    most: int = 1_000


@dataclass(frozen=True, eq=False)
class Part:
    """Pairs of images and texts by their rows: image, text (P,) int64 and group (P,) int64."""

    image: np.ndarray
    text: np.ndarray
    group: np.ndarray

    def few(self, most: int, seed: int) -> Part:
        """At most ``most`` groups of them; see `Pairs.part`."""
        there = np.unique(self.group)
        if len(there) <= most:
            return self
        drawn = np.random.default_rng(seed).permutation(there)[:most]
        rows = np.isin(self.group, drawn)
        return Part(self.image[rows], self.text[rows], self.group[rows])


def part_of(pairs: Pairs, rows: np.ndarray) -> Part:
    """Some of the pairs, whose images and texts stay numbered as they are."""
    return Part(pairs.image[rows], pairs.text[rows], pairs.group[rows])


@dataclass(frozen=True, eq=False)
class Learned:
    """The end of a training.

    Attributes:
        best: parameters of the best pass by name, on the CPU; None where none was better than
            before.
        history: a pass each: step, loss, MRR of both directions on validation.
    """

    best: dict[str, torch.Tensor] | None
    history: list[dict[str, float]] = field(default_factory=list)


def train_towers(
    towers: Towers,
    learned: Part,
    validation: Part,
    keeper: Keeper,
    seed: int = 0,
    settings: Settings | None = None,
    report: Report | None = None,
) -> Learned:
    """Train, or go on with a run that was kept.

    Args:
        learned, validation: pairs with no group in common.
        keeper: of runs with the same towers, pairs, seed and settings.
        report: takes steps, and the wish to stop.

    Raises:
        Cancelled: asked to stop; what the last finished pass left is kept.
    """
    return _Training(towers, learned, validation, keeper, seed, settings or Settings()).run(
        report or Report()
    )


class _Training:
    """One run: what it changes, and the best that it has seen."""

    def __init__(
        self,
        towers: Towers,
        learned: Part,
        validation: Part,
        keeper: Keeper,
        seed: int,
        settings: Settings,
    ) -> None:
        import torch

        self._towers, self._learned, self._settings = towers, learned, settings
        self._keeper, self._judged = keeper, validation.few(settings.most, seed)
        self._random = torch.Generator().manual_seed(seed)
        self._optimizer = torch.optim.AdamW(
            list(towers.parameters.values()), lr=settings.rate, weight_decay=settings.decay
        )
        self._steps = math.ceil(len(learned.image) / settings.batch)
        self._best: dict[str, torch.Tensor] | None = None
        self._history: list[dict[str, float]] = []

    def run(self, report: Report) -> Learned:
        interim = self._keeper.load()
        if interim is not None:
            self._take(interim)
        else:
            self._history = [{"step": 0.0, "mrr": self._mrr(report)}]
        while not self._ended:
            loss = self._pass(report)
            mrr = self._mrr(report)
            if mrr > max(look["mrr"] for look in self._history):
                self._best = _copied(self._towers.parameters)
            step = float(self._passed + 1) * self._steps
            self._history.append({"step": step, "loss": loss, "mrr": mrr})
            self._keeper.save(self._interim())
        return Learned(self._best, self._history)

    @property
    def _passed(self) -> int:
        return len(self._history) - 1

    @property
    def _ended(self) -> bool:
        best = max(range(len(self._history)), key=lambda n: self._history[n]["mrr"])
        waited = self._passed - best >= self._settings.patience
        return waited or self._passed >= self._settings.passes

    def _pass(self, report: Report) -> float:
        """Learn from every pair once; the mean loss."""
        import torch

        settings, losses = self._settings, []
        order = torch.randperm(len(self._learned.image), generator=self._random).numpy()
        for number in range(self._steps):
            done = self._passed * self._steps + number
            report.step(STEP, done, settings.passes * self._steps)
            for group in self._optimizer.param_groups:
                group["lr"] = settings.rate * self._pace(done)
            drawn = order[number * settings.batch : (number + 1) * settings.batch]
            losses.append(self._learn(self._learned.image[drawn], self._learned.text[drawn]))
        return float(np.mean(losses))

    def _pace(self, done: int) -> float:
        """Share of the learning rate at a step: it rises, then falls to nothing."""
        total = self._settings.passes * self._steps
        warm = max(1, round(self._settings.warm_up * total))
        if done < warm:
            return (done + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (done - warm) / max(1, total - warm)))

    def _learn(self, image: np.ndarray, text: np.ndarray) -> float:
        """One step; its loss."""
        import torch

        towers = self._towers
        scores = towers.scale * towers.images(image) @ towers.texts(text).T
        own = (torch.from_numpy(rows).to(scores.device) for rows in (image, text))
        loss = disagreement(scores, *own)
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        return float(loss.detach())

    def _mrr(self, report: Report) -> float:
        """MRR on validation, mean of both directions."""
        sides = []
        for rows, encode in (
            (self._judged.image, self._towers.images),
            (self._judged.text, self._towers.texts),
        ):
            there, place = np.unique(rows, return_inverse=True)
            sides.append((self._encoded(there, encode, report), place))
        (images, image), (texts, text) = sides
        forth = outcomes(texts, images, text, image)[:, 3].mean()
        back = outcomes(images, texts, image, text)[:, 3].mean()
        return float(forth + back) / 2

    def _encoded(self, rows: np.ndarray, encode: Any, report: Report) -> np.ndarray:
        import torch

        parts = []
        with torch.no_grad():
            for start in range(0, len(rows), _AT_ONCE):
                report.step("Looking at validation", start, len(rows))
                parts.append(encode(rows[start : start + _AT_ONCE]).cpu().numpy())
        return np.concatenate(parts)

    def _interim(self) -> Interim:
        tensors = {f"now/{name}": t for name, t in _copied(self._towers.parameters).items()}
        tensors |= {f"best/{name}": t for name, t in (self._best or {}).items()}
        for number, state in self._optimizer.state_dict()["state"].items():
            tensors |= {f"adamw/{number}/{key}": value.cpu() for key, value in state.items()}
        tensors["random"] = self._random.get_state()
        return Interim(tensors, {"history": self._history})

    def _take(self, interim: Interim) -> None:
        """Go on from what `_interim` gave."""
        import torch

        def below(start: str) -> dict[str, torch.Tensor]:
            own = interim.tensors.items()
            return {name.removeprefix(start): t for name, t in own if name.startswith(start)}

        with torch.no_grad():
            for name, value in below("now/").items():
                self._towers.parameters[name].copy_(value)
        self._best = below("best/") or None
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in below("adamw/").items():
            number, key = name.split("/")
            state.setdefault(int(number), {})[key] = value
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": state, "param_groups": groups})
        self._random.set_state(interim.tensors["random"])
        self._history = [dict(look) for look in interim.facts["history"]]


def _copied(parameters: dict[str, torch.nn.Parameter]) -> dict[str, torch.Tensor]:
    return {name: value.detach().cpu().clone() for name, value in parameters.items()}
