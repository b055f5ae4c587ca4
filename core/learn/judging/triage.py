"""Where prompt, model and people disagree, and what to mend: the prompt, the label, the classes."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Advice", "Disagreement", "triage"]

Cause = Literal["label", "prompt", "model", "definition"]
_ENOUGH = 3  # images before a pair of classes is worth a sentence


@dataclass(frozen=True)
class Disagreement:
    """One labeled image on which not all agree; `position` in the arrays given."""

    position: int
    human: int
    model: int
    prompt: int
    cause: Cause


@dataclass(frozen=True)
class Advice:
    """What to do about a group of disagreements: `count` images of class `true`, taken for
    `taken`."""

    cause: Cause
    true: int
    taken: int
    count: int


def triage(
    human: NDArray[np.integer], model: NDArray[np.integer], prompt: NDArray[np.integer]
) -> tuple[list[Disagreement], list[Advice]]:
    """Sort disagreements by their likely cause.

    human, model, prompt: (n,) the class that people gave, that a model which did not see the label
    gives, and that the prompts alone give.

    - model and prompt agree against the person: look at the label first ("label"); where the same
      pair of classes comes up both ways, their border is not clear to people either ("definition");
    - person and model agree against the prompts: the prompts miss something ("prompt");
    - person and prompts agree against the model, or all three differ: more labels there ("model").
    """
    against = [
        (int(h), int(m)) for h, m, p in zip(human, model, prompt, strict=True) if h != m and m == p
    ]
    pairs = Counter(against)
    unclear = {pair for pair in pairs if pairs[pair] >= 2 and pairs[pair[::-1]] >= 2}
    disagreements: list[Disagreement] = []
    for position, (h, m, p) in enumerate(zip(human.tolist(), model.tolist(), prompt.tolist(),
                                             strict=True)):  # fmt: skip
        if h == m == p:
            continue
        cause: Cause = "model"
        if h == m:
            cause = "prompt"
        elif m == p:
            cause = "definition" if (h, m) in unclear else "label"
        disagreements.append(Disagreement(position, h, m, p, cause))
    groups = Counter(
        (d.cause, d.human, d.prompt if d.cause == "prompt" else d.model) for d in disagreements
    )
    advice = [
        Advice(cause, true, taken, count)
        for (cause, true, taken), count in groups.most_common()
        if count >= _ENOUGH
    ]
    return disagreements, advice
