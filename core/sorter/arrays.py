"""A sorter's arrays by name, and back: every one is checked for shape, type and numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.learn.models.frame import Frame
from core.learn.models.fused import Model
from core.learn.words.model import Mix, Part, WordModel
from core.sorter.head import Head
from core.sorter.schema import (
    MOST_DIRECTIONS,
    MOST_EXEMPLARS,
    MOST_REFERENCE,
    MOST_TRUSTS,
    Content,
    WordsPart,
)
from core.sorter.sorter import Exemplars, Reference, Sorter
from core.sorter.words import WordHead

_Shape = tuple[int | None, ...]
_UNIT = 0.02  # how far a vector of half precision may be from length one


def to_arrays(sorter: Sorter) -> dict[str, np.ndarray]:
    """Name → array of all that the sorter scores with."""
    head = sorter.head
    arrays = {"texts": head.texts, "middle": head.middle, **_of_model("head", head.model)}
    if len(sorter.directions):
        arrays["tags"] = sorter.directions
    for number, tag in enumerate(sorter.content.tags):
        if tag.learned:
            arrays |= _of_model(f"tag{number}", sorter.tag_models[tag.code])
    if sorter.words is not None:
        arrays |= _of_words(sorter.words)
    arrays["reference.vectors"] = sorter.reference.vectors
    arrays["reference.probabilities"] = sorter.reference.probabilities
    if sorter.exemplars is not None:
        arrays["exemplars.vectors"] = sorter.exemplars.vectors
        arrays["exemplars.classes"] = sorter.exemplars.classes
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def of_arrays(
    content: Content,
    arrays: Mapping[str, np.ndarray],
    exemplars: tuple[list[str], list[str]] | None,
    card: str,
) -> Sorter:
    """The sorter of what a file holds.

    Args:
        exemplars: ids and paths of the labeled images; None without them.

    Raises:
        ValueError: an array is missing or too much, or has another shape, type or numbers than its
            place allows.
    """
    left = dict(arrays)
    dim, count = content.encoder.dim, len(content.classes)
    begin, end = content.encoder.looks
    flat = content.head.flat
    texts = _taken(left, "texts", np.float32, (count, dim), unit=flat is None)
    if flat is not None and (texts[-1].any() or not _of_length_one(texts[:-1])):
        raise ValueError("the array 'texts' does not fit a last class without prompts")
    head = Head(
        texts,
        _taken(left, "middle", np.float32, (dim,)),
        content.head.centring,
        content.head.zero_temperature,
        slice(None) if (begin, end) == (0, dim) else slice(begin, end),
        _model(left, "head", end - begin, count),
        content.head.temperature,
        flat,
    )
    if (len(head.model.trusts) == 0) != (content.head.kind == "prompts"):
        raise ValueError(f"the head is called {content.head.kind}, which it is not")
    tags = len(content.tags)
    directions = (
        _taken(left, "tags", np.float64, (tags, dim)) if tags else np.empty((0, dim), np.float64)
    )
    models = {
        tag.code: _model(left, f"tag{number}", dim, 2)
        for number, tag in enumerate(content.tags)
        if tag.learned
    }
    words = None if content.words is None else _words(left, content.words, content)
    vectors = _taken(
        left, "reference.vectors", np.float16, (None, dim), most=MOST_REFERENCE, unit=True
    )
    chances = _taken(left, "reference.probabilities", np.float32, (len(vectors), count))
    named = None if exemplars is None else _exemplars(left, exemplars, dim, count)
    if left:
        raise ValueError(f"it holds an array that has no place: {next(iter(left))[:60]!r}")
    return Sorter(
        content, head, directions, Reference(vectors, chances), named, models, card, words
    )


def _of_words(words: WordHead) -> dict[str, np.ndarray]:
    arrays = {
        "words.prompts": words.prompts,
        "words.centre": words.frame.centre.astype(np.float32),
        "words.turn": words.frame.turn.astype(np.float32),
    }
    for number, part in enumerate(words.model.parts):
        assert isinstance(part.model, Model)  # nothing else goes into a file
        arrays |= _of_model(f"words{number}", part.model)
    return arrays


def _words(left: dict[str, np.ndarray], content: WordsPart, whole: Content) -> WordHead:
    dim, count = whole.encoder.dim, len(whole.classes)
    begin, end = whole.encoder.looks
    prompts = _taken(left, "words.prompts", np.float32, (count, dim))
    if not _of_length_one(prompts if whole.head.flat is None else prompts[:-1]):
        raise ValueError("the array 'words.prompts' holds a vector that is not of length one")
    turn = _taken(left, "words.turn", np.float32, (dim, None))
    if turn.shape[1] > MOST_DIRECTIONS:
        raise ValueError(f"the array 'words.turn' has the shape {turn.shape}, which does not fit")
    centre = _taken(left, "words.centre", np.float32, (dim,))
    width = end - begin + turn.shape[1] + 1
    models = [_model(left, f"words{n}", width, count) for n in range(len(content.parts))]
    if any(len(model.trusts) for model in models) != (content.kind != "prompts"):
        raise ValueError(f"the head of words is called {content.kind}, which it is not")
    parts = tuple(
        Part(Mix(1.0, 1.0, part.offsets), part.share, model)
        for part, model in zip(content.parts, models, strict=True)
    )
    return WordHead(
        prompts,
        Frame(centre.astype(np.float64), turn.astype(np.float64)),
        content.score_temperature,
        content.scales,
        WordModel(parts, None),
        content.temperature,
        np.array(content.thresholds, dtype=np.float32),
    )


def _exemplars(
    left: dict[str, np.ndarray], named: tuple[list[str], list[str]], dim: int, count: int
) -> Exemplars:
    ids, paths = named
    vectors = _taken(
        left, "exemplars.vectors", np.float16, (len(ids), dim), most=MOST_EXEMPLARS, unit=True
    )
    classes = _taken(left, "exemplars.classes", np.int32, (len(ids),))
    if len(classes) and not (classes.min() >= 0 and classes.max() < count):
        raise ValueError("an example is of a class that there is not")
    return Exemplars(ids, paths, vectors, classes)


def _of_model(name: str, model: Model) -> dict[str, np.ndarray]:
    return {
        f"{name}.slopes": model.slopes,
        f"{name}.shifts": model.shifts,
        f"{name}.trusts": model.trusts,
        f"{name}.weights": model.weights,
    }


def _model(left: dict[str, np.ndarray], name: str, dim: int, count: int) -> Model:
    slopes = _taken(left, f"{name}.slopes", np.float32, (None, dim, count), most=MOST_TRUSTS)
    trusts = len(slopes)
    weights = _taken(left, f"{name}.weights", np.float64, (trusts,))
    if trusts and not (weights.min() >= 0 and abs(weights.sum() - 1) < 1e-6):
        raise ValueError(f"{name}.weights are no shares of one")
    return Model(
        slopes,
        _taken(left, f"{name}.shifts", np.float32, (trusts, count)),
        _taken(left, f"{name}.trusts", np.float32, (trusts,)),
        weights,
    )


def _taken(
    left: dict[str, np.ndarray],
    name: str,
    dtype: type[np.generic],
    shape: _Shape,
    most: int | None = None,
    unit: bool = False,
) -> np.ndarray:
    """Take one array out of those that are left.

    Args:
        shape: None for any length, up to ``most``.
        unit: rows must be of length one.
    """
    if name not in left:
        raise ValueError(f"the array {name!r} is missing")
    array = left.pop(name)
    if array.dtype != dtype:
        raise ValueError(f"the array {name!r} holds {array.dtype}, not {np.dtype(dtype)}")
    fits = len(shape) == array.ndim and all(
        want is None or want == have for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits or (most is not None and len(array) > most):
        raise ValueError(f"the array {name!r} has the shape {array.shape}, which does not fit")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"the array {name!r} holds a number that is not finite")
    if unit and not _of_length_one(array):
        raise ValueError(f"the array {name!r} holds a vector that is not of length one")
    return array


def _of_length_one(rows: np.ndarray) -> bool:
    norms = np.linalg.norm(rows.astype(np.float32), axis=1)
    return bool((np.abs(norms - 1) <= _UNIT).all())
