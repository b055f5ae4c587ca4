"""What each prompt of a class is worth: which images it wins for the class, and which it loses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Contribution:
    """One prompt of a class, against the class without it.

    Attributes:
        prompt: the sentence.
        won: rows that the class takes only with it, the clearest first.
        lost: rows that the class would take without it, the clearest first.
        put_right, put_wrong: images of known class that are right, or wrong, only because of it.
    """

    prompt: str
    won: np.ndarray
    lost: np.ndarray
    put_right: int
    put_wrong: int


def contributions(
    prompts: list[str],
    single: np.ndarray,
    embedded: np.ndarray,
    scores: np.ndarray,
    k: int,
    human: np.ndarray,
) -> list[Contribution]:
    """Take each prompt of a class away and see what changes.

    Args:
        prompts: the P sentences of class ``k``.
        single: (N, P) scores of each sentence alone.
        embedded: (P, D) unit text embeddings.
        scores: (N, K) scores of all classes as they are.
        human: (N,) the class of the images that may judge prompts, those drawn at random; -1 for
            all others.

    Returns:
        One entry a prompt; a class with a single prompt cannot do without it: no entries.
    """
    if len(prompts) < 2:
        return []
    others = np.delete(scores, k, axis=1)
    rival = others.max(axis=1)
    rival_class = np.delete(np.arange(scores.shape[1]), k)[others.argmax(axis=1)]
    with_all = scores[:, k] - rival
    result = []
    for index, prompt in enumerate(prompts):
        rest = [i for i in range(len(prompts)) if i != index]
        # The prototype is the mean of the sentences, at length one: so is its score.
        length = float(np.linalg.norm(embedded[rest].mean(axis=0)))
        without = single[:, rest].mean(axis=1) / max(length, 1e-6) - rival
        won = np.flatnonzero((with_all >= 0) & (without < 0))
        lost = np.flatnonzero((with_all < 0) & (without >= 0))
        right = int((human[won] == k).sum()) + int((human[lost] == rival_class[lost]).sum())
        wrong = int((human[lost] == k).sum()) + int((human[won] == rival_class[won]).sum())
        won = won[np.argsort(without[won], kind="stable")]
        lost = lost[np.argsort(-without[lost], kind="stable")]
        result.append(Contribution(prompt, won, lost, right, wrong))
    return result
