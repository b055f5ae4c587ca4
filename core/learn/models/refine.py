"""Label-free mode: let each class's prototype move from its text towards its own images."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.learn.models.calibration import pool_temperature
from core.learn.models.refining import MINIMUM_IMAGES
from core.learn.models.softmax import softmax
from core.runtime.pausing import breathe

__all__ = [
    "MINIMUM_IMAGES",
    "Collapse",
    "RefineStep",
    "Refinement",
    "collapsed",
    "mixed",
    "refine",
    "step_of",
    "unit",
    "weights",
]

_FIRST_WEIGHT, _LAST_WEIGHT = 0.95, 0.60
_COLLAPSED = 0.2  # of its images are left to a class that collapsed
_FEWEST = 5  # images; of a class with fewer nothing can be told


@dataclass(frozen=True)
class RefineStep:
    """One iteration: the text's `weight` in the prototypes, the share of images that changed class
    (0 to 1), how many classes hold any image, and the mean top probability, at the temperature of
    the unrefined scores, so that steps compare."""

    iteration: int
    weight: float
    moved_share: float
    active_classes: int
    mean_confidence: float


@dataclass(frozen=True)
class Collapse:
    """A class, by its column, that lost nearly all images that the text alone gave it."""

    column: int
    before: int
    after: int


@dataclass(frozen=True)
class Refinement:
    """`prototypes` (K, D) float32 of unit length, `scores` (N, K) float32 cosines with them, a
    log with one step per iteration, empty when assignment was direct, and the classes that
    collapsed."""

    prototypes: NDArray[np.float32]
    scores: NDArray[np.float32]
    log: list[RefineStep]
    collapsed: list[Collapse] = field(default_factory=list)


def collapsed(before: NDArray[np.intp], after: NDArray[np.intp]) -> list[Collapse]:
    """The classes that lost four fifths or more of their images, of five at least.

    before, after: (K,) images of each class by the text alone and at the end. A class that starves
    in this way was swallowed by a neighbour: its prototype moved to images of another class.
    """
    return [
        Collapse(column, first, last)
        for column, (first, last) in enumerate(zip(before.tolist(), after.tolist(), strict=True))
        if first >= _FEWEST and last <= _COLLAPSED * first
    ]


def refine(
    vectors: NDArray[np.float32],
    text_prototypes: NDArray[np.float32],
    centre: NDArray[np.float32] | None = None,
    iterations: int = 10,
) -> Refinement:
    """Refine text prototypes on the images that they attract.

    vectors: (N, D) image vectors. text_prototypes: (K, D) text vectors of the classes. centre:
    (D,) subtracted from every image vector first (their mean, for encoders whose cosine scores
    are centred). All are brought to unit length. Each iteration assigns every image to its best
    prototype, then sets prototype = norm(w text + (1 - w) mean of its images), the mean being of
    unit length too; w falls evenly from .95 to .60, so that no class runs away early. A class that
    holds no image keeps its text. Below 100 images the text prototypes are used as they are.

    Raises ValueError for shapes that do not match, empty input, values that are not finite or a
    negative number of iterations.
    """
    _check(vectors, text_prototypes, centre, iterations)
    images = unit(vectors if centre is None else vectors - centre)
    text = unit(text_prototypes)
    prototypes, scores = text, images @ text.T
    log: list[RefineStep] = []
    if len(images) < MINIMUM_IMAGES:
        return Refinement(prototypes, scores, log)
    temperature = pool_temperature(scores)
    assigned = scores.argmax(axis=1)
    before = np.bincount(assigned, minlength=len(text))
    for iteration, weight in enumerate(weights(iterations), 1):
        prototypes = _moved(images, text, assigned, weight)
        scores = images @ prototypes.T
        previous, assigned = assigned, scores.argmax(axis=1)
        log.append(step_of(iteration, weight, previous, assigned, scores, temperature))
    after = np.bincount(assigned, minlength=len(text))
    return Refinement(prototypes, scores, log, collapsed(before, after))


def _check(
    vectors: NDArray[np.float32],
    text_prototypes: NDArray[np.float32],
    centre: NDArray[np.float32] | None,
    iterations: int,
) -> None:
    if (
        vectors.ndim != 2
        or text_prototypes.ndim != 2
        or not vectors.size
        or not len(text_prototypes)
    ):
        raise ValueError(
            f"vectors {vectors.shape} and text_prototypes {text_prototypes.shape} must be (N, D) "
            "and (K, D), not empty"
        )
    if vectors.shape[1] != text_prototypes.shape[1]:
        raise ValueError(
            f"vectors have {vectors.shape[1]} dimensions, prototypes {text_prototypes.shape[1]}"
        )
    if centre is not None and centre.shape != vectors.shape[1:]:
        raise ValueError(f"centre must be {vectors.shape[1:]}, got {centre.shape}")
    arrays = [vectors, text_prototypes] if centre is None else [vectors, text_prototypes, centre]
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("vectors, prototypes or centre hold a value that is not finite")
    if iterations < 0:
        raise ValueError(f"iterations must not be negative, got {iterations}")


def unit(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of unit length; zero rows stay zero."""
    norms = np.linalg.norm(array, axis=1, keepdims=True)
    return (array / np.where(norms > 0, norms, 1)).astype(np.float32)


def _moved(
    images: NDArray[np.float32],
    text: NDArray[np.float32],
    assigned: NDArray[np.intp],
    weight: float,
) -> NDArray[np.float32]:
    """Return the prototypes (K, D) that mix text with the mean of the images assigned."""
    means = np.zeros_like(text)
    for cls in np.unique(assigned):
        breathe()
        means[cls] = images[assigned == cls].mean(axis=0)
    return mixed(text, means, weight)


def mixed(
    text: NDArray[np.float32], means: NDArray[np.float32], weight: float
) -> NDArray[np.float32]:
    """Return prototypes (K, D) between texts and the means of their images, both (K, D)."""
    # An empty class has a zero mean, so normalising gives its text back.
    return unit(weight * text + (1.0 - weight) * unit(means))


def weights(iterations: int) -> list[float]:
    """Return the weight of the text in each iteration, falling evenly."""
    return [float(weight) for weight in np.linspace(_FIRST_WEIGHT, _LAST_WEIGHT, iterations)]


def step_of(
    iteration: int,
    weight: float,
    previous: NDArray[np.intp],
    assigned: NDArray[np.intp],
    scores: NDArray[np.float32],
    temperature: float,
) -> RefineStep:
    """Return what the log says of an iteration: classes (N,) before and after it, and its scores
    (N, K)."""
    return RefineStep(
        iteration=iteration,
        weight=weight,
        moved_share=float((assigned != previous).mean()),
        active_classes=len(np.unique(assigned)),
        mean_confidence=float(softmax(scores / temperature).max(axis=1).mean()),
    )
