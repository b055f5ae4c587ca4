"""What came of trying one picture, as scripts are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.project.snapshot import Snapshot
from core.services.sorter.answering import Answering
from core.services.try_one.by_file import FileTrial
from core.services.try_one.picture import Picture
from core.services.try_one.tagging import TagAnswer, as_json
from core.services.try_one.trial import Like, Trial


def of_collection(
    snapshot: Snapshot, picture: Picture, trial: Trial, tags: Sequence[TagAnswer] = ()
) -> dict[str, Any]:
    """As one JSON object: ``class``, ``probabilities``, ``image_only``, ``text_only``, ``why``,
    and ``tags``, the surest first."""
    names, row = snapshot.names, picture.row
    node = -1 if row is None else int(snapshot.nodes[row])
    return {
        **judged(names, trial.probabilities),
        "image_only": judged(names, trial.looked.image_only),
        "text_only": None if trial.text_only is None else judged(names, trial.text_only),
        "why": {
            "prompts": [_prompt(like) for like in trial.looked.prompts],
            "text_prompts": [_prompt(like) for like in trial.text_prompts],
            "images": [_image(snapshot, like) for like in trial.looked.pictures],
            "texts": [_image(snapshot, like) | {"text": like.text} for like in trial.texts],
        },
        "in_collection": None if row is None else snapshot.pool.paths[row],
        "label": snapshot.tree.names[node] if node >= 0 else None,
        "tags": as_json(tags),
        "note": trial.note or None,
    }


def of_model_file(answering: Answering, trial: FileTrial) -> dict[str, Any]:
    """The same of a model file, with its sets and tags."""
    names, answer = answering.names, trial.answer
    content, prompt = answering.content(answer, 1), answer.prompt
    return {
        **judged(names, answer.probabilities),
        "image_only": judged(names, trial.image_only),
        "text_only": None if trial.text_only is None else judged(names, trial.text_only),
        "why": {
            "prompts": [{"prompt": prompt, "class": names[answer.best]}] if prompt else [],
            "text_prompts": [],
            "images": content["why"]["exemplars"],
            "texts": [],
        },
        "set": content["set"],
        "tags": content["tags"],
        "note": trial.note or None,
    }


def judged(names: Sequence[str], probabilities: np.ndarray) -> dict[str, Any]:
    """The most probable class, and the probability of each, greatest first."""
    order = np.argsort(-probabilities, kind="stable")
    return {
        "class": names[order[0]],
        "probabilities": {names[k]: float(probabilities[k]) for k in order},
    }


def _prompt(like: Like) -> dict[str, Any]:
    return {"prompt": like.text, "class": like.name, "similarity": like.score}


def _image(snapshot: Snapshot, like: Like) -> dict[str, Any]:
    path = snapshot.pool.paths[like.row]
    return {"path": path, "class": like.name, "similarity": like.score}
