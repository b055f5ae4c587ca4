"""One class split into several: what its labels become, looked at before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.project.snapshot import Snapshot
from core.project.vocabulary_file import VocabularyFile
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.spelling import same
from core.services.predict.zero_shot import zero_shot
from core.services.prompts.restructuring import change_with_labels, check_new
from core.store.labels.answers import Labels
from core.store.labels.base import SPLIT, Event

_BEFORE = "before its split"

Parts = Sequence[tuple[str, tuple[str, ...]]]
"""The classes that one becomes: names with their prompts."""


@dataclass(frozen=True, eq=False)
class Split:
    """What a split would do with the images that are labeled with the class.

    Attributes:
        labeled: images with that label.
        random: of these, random images: they are asked again in any case, since they measure.
        rows: part → rows of the others that its prompts are nearest to, least probable first.
        probabilities: (N,) of the part that each of those rows would go to, among the parts.
    """

    labeled: int
    random: int
    rows: dict[str, np.ndarray]
    probabilities: np.ndarray


def split_parts(classes: Vocabulary, name: str, parts: Parts) -> Vocabulary:
    """The classes with ``parts`` in the place of a class.

    Raises:
        WinnowError: the class is not there, there are fewer than two parts, or a name is empty,
            given twice or taken.
    """
    if name not in classes.names:
        raise WinnowError(f"There is no class {name!r} any more.")
    if len(parts) < 2:
        raise WinnowError(f"Name at least two classes that {name!r} becomes, one a line.")
    check_new([part for part, _ in parts], [other for other in classes.names if other != name])
    bare = next((part for part, prompts in parts if not prompts), None)
    if bare is not None:
        raise WinnowError(f"The class {bare!r} has no prompts: write a sentence that describes it.")
    changed = [(own,) if own[0] != name else tuple(parts) for own in classes.classes]
    return classes.with_classes(
        (one for several in changed for one in several), {part: name for part, _ in parts}
    )


def preview_split(snapshot: Snapshot, name: str, parts: Parts) -> Split:
    """Where the prompts of the parts would put the images that are labeled with a class.

    Raises:
        WinnowError: see `split_parts`; or the classes are not complete.
    """
    after = snapshot.under(split_parts(snapshot.classes, name, parts))
    labeled = np.flatnonzero(snapshot.human == snapshot.names.index(name))
    random = np.intersect1d(labeled, snapshot.audited)
    free = np.setdiff1d(labeled, random)
    columns = [after.names.index(part) for part, _ in parts]
    logits = zero_shot(after).logits[free][:, columns]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    probabilities = np.zeros(len(snapshot), dtype=np.float32)
    probabilities[free] = shares.max(axis=1)
    nearest = shares.argmax(axis=1)
    rows = {}
    for number, (part, _) in enumerate(parts):
        own = free[nearest == number]
        rows[part] = own[np.argsort(probabilities[own], kind="stable")]
    return Split(len(labeled), len(random), rows, probabilities)


def split_class(
    file: VocabularyFile,
    labels: Labels,
    name: str,
    parts: Parts,
    annotator: str,
    confirmed: Mapping[str, str] | None = None,
) -> Vocabulary:
    """Put several classes in the place of one.

    Which of them its images are nobody knows yet: its labels no longer count, and those images are
    asked about first.

    Args:
        confirmed: image id → part, where somebody looked at what the prompts say; labels from then
            on.

    Returns:
        The classes after.

    Raises:
        WinnowError: see `split_parts`; or the file cannot be read or written.
    """
    names = {same(part) for part, _ in parts}
    former = f"{name[: 199 - len(_BEFORE)]} {_BEFORE}" if same(name) in names else name

    def relabeled() -> str | None:
        # Said anew under a name that is no class: so it does not count, and can be undone.
        batch = labels.relabel({name: former}, SPLIT, anew=True)
        events = [Event(image_id, part) for image_id, part in (confirmed or {}).items()]
        return labels.add(events, annotator, "split confirmed", batch_id=batch) if events else batch

    return change_with_labels(
        file, labels, annotator,
        f"class {name} was split into {', '.join(part for part, _ in parts)}"[:200],
        lambda classes: split_parts(classes, name, parts), relabeled,
    )  # fmt: skip
