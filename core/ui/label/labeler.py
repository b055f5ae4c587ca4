"""The labeling elements: queue out, log of answers in. Browser: ``labeler.js``, ``grid.js``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.learn.tree.class_tree import ClassTree
from core.ui.shared import answer_log
from core.ui.shared.answer_log import Taken
from core.ui.widgets import mount
from core.ui.widgets.colours import class_colour

_HERE = Path(__file__).parent
_MANY = 100  # classes from which most probabilities are nil and are not sent
NOTHING = (
    "Nothing to confirm here now: what has no answer yet is asked one by one, or by somebody else."
)


def keys_of(names: Sequence[str]) -> list[list[str]]:
    """The keys that each class owns, by class: those of a name of one character, in either case.

    The first of them is the name itself. All other classes have a digit where they are probable,
    and are found by typing: see ``choices.js``.
    """
    single = [name for name in names if len(name) == 1]
    keys = []
    for name in names:
        cases = [name, name.lower(), name.upper()] if len(name) == 1 else []
        others = {other for other in single if other != name}
        keys.append([key for key in dict.fromkeys(cases) if len(key) == 1 and key not in others])
    return keys


def classes_of(names: Sequence[str], counts: Sequence[int]) -> list[dict[str, Any]]:
    """What the elements show of each class: name, keys, colour and labels so far."""
    return [
        {"name": name, "keys": keys, "colour": class_colour(index), "labels": int(count)}
        for index, (name, keys, count) in enumerate(zip(names, keys_of(names), counts, strict=True))
    ]


def groups_of(tree: ClassTree) -> list[dict[str, Any]]:
    """What the elements show of each group of classes: name, and the numbers of its classes."""
    return [
        {"name": tree.names[node], "members": np.flatnonzero(tree.holds[node]).tolist()}
        for node in range(tree.leaves, len(tree))
    ]


def thousandths(probabilities: np.ndarray) -> list[int] | dict[str, list[int]]:
    """(K,) probabilities as the elements take them: a third of the bytes of decimal fractions.

    Of very many classes only those that have any: ``at`` are their numbers, ``of`` what they have.
    """
    if len(probabilities) <= _MANY:
        return [round(1000 * float(p)) for p in probabilities]
    rounded = np.rint(1000 * probabilities.astype(np.float64)).astype(int)
    at = np.flatnonzero(rounded)
    return {"at": at.tolist(), "of": rounded[at].tolist()}


def called_wrong(key: str) -> list[str]:
    """Ids that the grid called wrong without giving their class."""
    ids = mount.value(key, "wrong")
    return [str(image_id) for image_id in ids] if isinstance(ids, list) else []


def labeler(
    key: str,
    taken: Taken,
    classes: list[dict[str, Any]],
    groups: list[dict[str, Any]],
    queue: list[dict[str, Any]],
    meter: dict[str, Any],
    outlook: dict[str, Any],
    disputes: bool = False,
) -> None:
    """Mount the element that asks for one image at a time.

    Args:
        taken: what became of the answers that it sent.
        classes, groups: as ``classes_of`` and ``groups_of`` make them.
        queue: next images: id, picture and thumb (addresses), name, audit, why, captions that
            people brought, alike (id, thumb and name of near-duplicates), probabilities by the
            model and, where that is another one, by the prompts alone, in thousandths, one a class.
        meter: the progress: lines, accuracy, verdict, reached.
        outlook: the state of the collection: lines, and parts of a bar: of each class, the largest
            of very many, its share as text and as width in percent, and the colour.
        disputes: only images on which people disagree are asked about.
    """
    mount.element(_HERE, "labeler")(
        key=key,
        data=answer_log.data(taken)
        | {
            "classes": classes,
            "groups": groups,
            "queue": queue,
            "meter": meter,
            "outlook": outlook,
            "disputes": disputes,
            "loading": "Choosing the next images…",
        },
        default={"log": None, "apart": None},
        on_log_change=lambda: None,
        on_apart_change=lambda: None,
    )


def grid(
    key: str,
    taken: Taken,
    classes: list[dict[str, Any]],
    groups: list[dict[str, Any]],
    pages: list[dict[str, Any]],
    empty: str = NOTHING,
) -> None:
    """Mount the element that shows a page of images with one prediction.

    Args:
        taken, classes, groups: as for ``labeler``.
        pages: the next pages: id, name and colour of the class, index of it, and items: id, thumb,
            name, probabilities in thousandths, one a class, and alike (id, thumb and name of those
            that are confirmed with it).
        empty: what stands there without a page.
    """
    mount.element(_HERE, "grid")(
        key=key,
        data=answer_log.data(taken)
        | {
            "classes": classes,
            "groups": groups,
            "pages": pages,
            "element": key,
            "loading": empty,
        },
        default={"log": None, "wrong": [], "apart": None},
        on_log_change=lambda: None,
        on_wrong_change=lambda: None,
        on_apart_change=lambda: None,
    )
