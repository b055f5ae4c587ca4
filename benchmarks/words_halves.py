"""Why the two halves of a collection, with words and without, are as well calibrated as they are.

    python benchmarks/words_halves.py FILE KEEP [--made-up] [--seed 100] [--repeats 20]
                                      [--per-class 0,5,10,20]

Half of the images have no words, 120 random images are labeled beside those of each class. FILE is
what `benchmarks/words.py prepare` wrote; with --made-up what `benchmarks/labels.py prepare` wrote,
of which at most 3,800 images get vectors for titles, 60 % or 20 % of which name the right class.
What was learned in each repeat is kept in the folder KEEP, so that a run goes on where it was
stopped and a table takes seconds.

The first table has a line a case, number of labels and half. Mean calibration error (15 bins) of
the other images: uncalibrated; as the app calibrates; at the temperature that is likeliest in
hindsight; and of labels that are drawn from the probabilities at that temperature, which is what a
model without any fault would have. Beside it the mean of log T in hindsight and its standard
deviation between repeats, and that of what the half's audit labels alone say of it, against it.
The second table has a line a width of the prior of log T at 60 labels: the mean negative
log-likelihood of an image that is not labeled, and the calibration errors of both halves.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from unittest.mock import patch

import numpy as np
from threadpoolctl import threadpool_limits
from words import AUDIT, DRAWS, TEXT_DIM, Scene, evaluated, labeled, unit

from core.learn.models.calibration import fit_temperature, with_temperature
from core.learn.models.neighbourhood import Graph, knn_graph
from core.learn.words import kinds
from core.learn.words.block import Words

HALVES = ("half", "half keywords")
MADE_UP = {"made up 60": 0.6, "made up 20": 0.2}
MOST = 3_800
WIDTHS = (0.05, 0.075, 0.1, 0.12, 0.15, 0.2)
WIDE = 10.0  # of a prior that says nothing

State = dict[str, np.ndarray]


def made_up(file: Path, seed: int, right: float) -> Scene:
    """Pictures whose titles are drawn; half of them have none."""
    with np.load(file) as arrays:
        vectors, truth = arrays["vectors"], arrays["truth"]
        logits, neighbours = arrays["logits"].astype(np.float32), arrays["neighbours"]
    if len(vectors) > MOST:
        rows = np.sort(np.random.default_rng(seed).permutation(len(vectors))[:MOST])
        vectors, truth, logits = vectors[rows], truth[rows], logits[rows]
        neighbours = knn_graph(vectors).neighbours
    random = np.random.default_rng([seed, 7])
    meant = np.where(random.random(len(truth)) < right, truth, random.permutation(truth))
    prompts = unit(random.normal(size=(truth.max() + 1, TEXT_DIM)))
    noise = random.normal(size=(len(truth), TEXT_DIM)) * 2 / TEXT_DIM**0.5
    texts = unit(prompts[meant] + noise)
    of = np.where(random.random(len(truth)) < 0.5, np.arange(len(truth)), -1)
    scene = Scene.__new__(Scene)
    scene.vectors, scene.truth, scene.logits = vectors, truth, logits
    scene.graph, scene.words = Graph(neighbours), Words.make(texts, of, texts @ prompts.T, logits)
    return scene


def learned(scene: Scene, per_class: int, seed: int) -> State:
    """P, truth T and which have words H of the other images; U, W (words withheld), A and AH of
    the audit images."""
    present, truth = scene.words.present, scene.truth
    audit = np.random.default_rng([seed, 4]).permutation(len(present))[:AUDIT]
    rows = np.union1d(labeled(truth, per_class, seed), audit) if per_class else audit
    fitted = scene.learner("both").fit(rows, truth[rows], judged=audit)
    others = np.setdiff1d(np.arange(len(present)), rows)
    return {
        "P": fitted.probabilities[others], "T": truth[others], "H": present[others],
        "U": fitted.unseen, "W": fitted.wordless, "A": truth[audit], "AH": present[audit],
    }  # fmt: skip


def states(options: argparse.Namespace, case: str, per_class: int) -> list[State]:
    """Those of all repeats, made where they are not kept."""
    result = []
    for seed in range(options.seed, options.seed + options.repeats):
        kept = options.keep / f"{case.replace(' ', '_')}-{per_class}-{seed}.npz"
        if not kept.exists():
            scene = (
                made_up(options.file, seed, MADE_UP[case])
                if options.made_up
                else Scene(options.file, case, seed)
            )
            np.savez(kept, **learned(scene, per_class, seed))
        with np.load(kept) as arrays:
            result.append({name: arrays[name] for name in arrays.files})
    return result


def calibrated(state: State) -> np.ndarray:
    """P as the app calibrates it."""
    count, judged = len(state["P"]), np.arange(len(state["A"])) + len(state["P"])
    present = np.concatenate([state["H"], state["AH"]])
    result, _, shared, _ = kinds.by_kind(
        np.concatenate([state["P"], state["U"]]),
        present,
        state["U"],
        judged,
        state["A"],
        state["W"],
    )
    assert shared is not None
    return with_temperature(result, shared)[:count]


def figures(state: State, words: bool) -> tuple[float, ...]:
    """Of one half: four calibration errors, log T in hindsight, and as its audit labels say."""
    own, asked = state["H"] == words, state["AH"] == words
    raw, truth = state["P"][own], state["T"][own]
    best = fit_temperature(raw, truth, WIDE)
    model = with_temperature(raw, best)
    steps, random = model.astype(np.float64).cumsum(axis=1), np.random.default_rng(len(raw))
    drawn = [
        (random.random((len(model), 1)) * steps[:, -1:] > steps[:, :-1]).sum(axis=1)
        for _ in range(DRAWS)
    ]
    return (
        evaluated(truth, raw).ece,
        evaluated(truth, calibrated(state)[own]).ece,
        evaluated(truth, model).ece,
        float(np.mean([evaluated(labels, model).ece for labels in drawn])),
        float(np.log(best)),
        float(np.log(fit_temperature(state["U"][asked], state["A"][asked], WIDE))),
    )


def widths(everything: list[State]) -> Iterator[str]:
    """What each width of the prior brings."""
    for width in WIDTHS:
        with patch.object(kinds, "_PRIOR_SD", width):
            errors, losses = [], []
            for state in everything:
                chances, truth = calibrated(state), state["T"]
                own = chances[np.arange(len(truth)), truth]
                losses.append(float(-np.log(np.maximum(own, 1e-30)).mean()))
                errors.append(
                    [evaluated(truth[h], chances[h]).ece for h in (state["H"], ~state["H"])]
                )
        having, without = np.mean(errors, axis=0)
        yield f"{width:5}  {np.mean(losses):.4f}  with {having:.4f}  without {without:.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("keep", type=Path)
    parser.add_argument("--made-up", action="store_true")
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--per-class", default="0,5,10,20")
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    counts, everything = [int(text) for text in options.per_class.split(",")], []
    print(" " * 29 + "raw   app   hindsight  drawn   log T        by audit labels")
    with threadpool_limits(1):
        for case, per_class in product(MADE_UP if options.made_up else HALVES, counts):
            found = states(options, case, per_class)
            everything += found
            for words in (True, False):
                values = np.array([figures(state, words) for state in found])
                mean, off = values.mean(axis=0), values[:, 5] - values[:, 4]
                print(
                    f"{case:14} {per_class:3}  {'with' if words else 'without':8}"
                    f" {mean[0]:.4f} {mean[1]:.4f} {mean[2]:.4f}  {mean[3]:.4f}"
                    f"  {mean[4]:+.3f} ± {values[:, 4].std():.3f}"
                    f"  {off.mean():+.3f} ± {off.std():.3f}",
                    flush=True,
                )
        print("\n".join(widths(everything)))


if __name__ == "__main__":
    main()
