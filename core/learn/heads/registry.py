"""The heads: ways to learn classes from labels, for classes of very unequal size.

`HEADS` is the one list of them: Metrics → Heads, `--head` of the commands and the benchmark read
it. To add one, give it a row: a loss (`core.learn.heads.shape.Shaping`), or a function of the
arguments of `core.learn.models.fused.fit`; `tests/learn/heads/` checks it along with the others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from core.learn.heads.balanced import fit_balanced
from core.learn.heads.names import PLAIN
from core.learn.heads.network import fit_network
from core.learn.heads.shape import Shaping
from core.learn.heads.shapings import adjusted, effective, focal, inverse, smoothed
from core.learn.models.fused import Fit, Scorer, fit

__all__ = ["HEADS", "Head", "head_of"]


_EVENLY = 0.6  # of 0.3 to 0.9, the most macro F1 without loss of accuracy (benchmarks/heads.py)


@dataclass(frozen=True, eq=False)
class Head:
    """One way to learn from labels. Without labels each is prompts alone.

    Attributes:
        title: what a page calls it.
        what: what it does, in a sentence.
        shaping: what it changes in the loss of the fused model; None for nothing.
        evenly: how far rare classes are heard above their share among look-alikes, 0 to 1; see
            `core.learn.models.neighbourhood.smooth`.
        lifts: whether classes are raised for macro F1; see `core.learn.heads.lifting`.
        fit: takes the place of `core.learn.models.fused.fit`, with its arguments but for the loss;
            None for the fused model. Numbering images or classes otherwise must number the result
            likewise.
    """

    title: str
    what: str
    shaping: Shaping | None = None
    evenly: float = 0.0
    lifts: bool = False
    fit: Callable[..., Fit[Scorer]] | None = None

    @property
    def fits(self) -> Callable[..., Fit[Scorer]]:
        """What fits it, with the arguments of `core.learn.models.fused.fit` but for the loss.

        That very function where the head changes nothing.
        """
        return self.fit or (partial(fit, shaping=self.shaping) if self.shaping else fit)


HEADS: dict[str, Head] = {
    PLAIN: Head("Plain", "Every label counts alike."),
    "weighted": Head(
        "Weighted",
        "Labels of rare classes count more, so that every class counts alike.",
        inverse(1.0),
        _EVENLY,
    ),
    "weighted-root": Head(
        "Weighted, mildly",
        "Labels of rare classes count more, by one over the root of their number.",
        inverse(0.5),
        _EVENLY,
    ),
    "weighted-effective": Head(
        "Weighted, effective number",
        "Labels of rare classes count more; each further one of a class adds less.",
        effective,
        _EVENLY,
    ),
    "macro": Head(
        "Macro F1",
        "Rare classes are raised as long as mean F1 gains more than accuracy loses.",
        evenly=_EVENLY,
        lifts=True,
    ),
    "adjusted": Head(
        "Adjusted",
        "A class that is rare among the labels is not held to be rare among the images.",
        adjusted,
    ),
    "focal": Head(
        "Focal",
        "Images that are hard to tell count more than those that are surely right.",
        focal,
    ),
    "smoothed": Head(
        "Smoothed",
        "No label is taken as quite certain, which helps where some of them are wrong.",
        smoothed,
    ),
    "balanced": Head(
        "Balanced batches",
        "Three models, each of a draw of the labels in which all classes come alike.",
        fit=fit_balanced,
    ),
    "mlp": Head(
        "Small network",
        "A hidden layer, for classes that look like several different things.",
        fit=fit_network,
    ),
}
"""Name, one of `core.learn.heads.names.NAMES`, to head; in the order of menus."""


def head_of(name: str) -> Head:
    """Return a head by its name.

    Raises ValueError, with a sentence that lists the names, when there is none of it.
    """
    if name not in HEADS:
        raise ValueError(f"There is no head called {name!r}: choose one of {', '.join(HEADS)}.")
    return HEADS[name]
