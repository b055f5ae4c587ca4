"""Heads for classes of unequal size, beside what people use elsewhere, on the same labels.

    python benchmarks/heads.py FEATURES.npz [--repeats 10] [--jobs 2] [--seed 0] [--labels 200]

FEATURES.npz holds `vectors` (N, D) unit, `logits` (N, K) of the prompts and `truth` (N,), as
`benchmarks/labels.py prepare` writes them. Two collections are drawn from them in every repeat:

- a long tail: classes from the largest down to a hundredth of it, evenly on a log scale;
- balanced: as many images of each class as the rarest has.

Of each some images are labeled, drawn at random (`--asked`: by Winnow's queue). Accuracy and macro
F1 are of the rest of the collection, mean recall of the images left out of it, which are of other
shares. `auto` is the head that the labels choose by macro F1, plain unless another is surely
better.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from core.learn.asking.simulation import Scene, plan_of, play
from core.learn.heads.choosing import contest
from core.learn.heads.names import NAMES, PLAIN
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import knn_graph

AUTO, SKLEARN, TORCH, SKORCH = (
    "auto",
    "sklearn LogisticRegression, balanced",
    "torch linear probe, weighted",
    "skorch linear probe, weighted",
)
EPOCHS, RATE, DECAY = 300, 0.01, 1e-4  # of the linear probe: Adam on all labels at once
PASSES, BATCH = 60, 32  # of skorch's: Adam, in batches
KINDS = ("tail", "balanced")
Figures = dict[str, tuple[float, float, float]]


def tail(truth: np.ndarray, ratio: float, rng: np.random.Generator) -> np.ndarray:
    """Rows of a collection whose classes fall from the largest to a part of it."""
    sizes = np.bincount(truth)
    order = np.argsort(-sizes, kind="stable")
    wanted = sizes.max() * ratio ** (-np.arange(len(order)) / (len(order) - 1))
    parts = [
        rng.permutation(np.flatnonzero(truth == cls))[: max(1, round(size))]
        for cls, size in zip(order, wanted, strict=True)
    ]
    return np.concatenate(parts)


def even(truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows of a collection with as many images of each class as the rarest has."""
    least = np.bincount(truth).min()
    classes = range(int(truth.max()) + 1)
    return np.concatenate(
        [rng.permutation(np.flatnonzero(truth == cls))[:least] for cls in classes]
    )


def sklearn_says(train: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
    """What a regression with class weights says."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0, max_iter=2_000, class_weight="balanced")
    return np.asarray(model.fit(train, labels).predict(test))


def class_weights(labels: np.ndarray) -> np.ndarray:
    """Weights (K,) with which all classes count alike, as scikit-learn's "balanced" has them."""
    sizes = np.maximum(np.bincount(labels), 1)
    return (len(labels) / (len(sizes) * sizes)).astype(np.float32)


def torch_says(train: np.ndarray, labels: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    """What a linear probe with class weights in its cross-entropy says."""
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    weights = torch.tensor(class_weights(labels))
    layer = torch.nn.Linear(train.shape[1], len(weights))
    loss_of = torch.nn.CrossEntropyLoss(weight=weights)
    steps = torch.optim.AdamW(layer.parameters(), lr=RATE, weight_decay=DECAY)
    inputs, wanted = torch.tensor(train), torch.tensor(labels)
    for _ in range(EPOCHS):
        steps.zero_grad()
        loss_of(layer(inputs), wanted).backward()
        steps.step()
    with torch.no_grad():
        return layer(torch.tensor(test)).argmax(dim=1).numpy()


def skorch_says(train: np.ndarray, labels: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    """What the same probe says, trained by skorch in batches."""
    import torch
    from skorch import NeuralNetClassifier

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    weights = torch.tensor(class_weights(labels))
    net = NeuralNetClassifier(
        torch.nn.Linear(train.shape[1], len(weights)),
        criterion=torch.nn.CrossEntropyLoss,
        criterion__weight=weights,
        optimizer=torch.optim.AdamW,
        optimizer__weight_decay=DECAY,
        lr=RATE,
        max_epochs=PASSES,
        batch_size=BATCH,
        iterator_train__shuffle=True,
        train_split=None,
        classes=np.arange(len(weights)),
        verbose=0,
    )
    return np.asarray(net.fit(train, labels).predict(test))


def probes() -> dict[str, Callable[..., np.ndarray]]:
    """The linear probes that can run here."""
    names = {TORCH: ("torch", torch_says), SKORCH: ("skorch", skorch_says)}
    return {name: says for name, (package, says) in names.items() if find_spec(package)}


def measured(truth: np.ndarray, guess: np.ndarray) -> tuple[float, float, float]:
    """Accuracy, macro F1 and mean recall over the classes that occur."""
    f1, recall = [], []
    for cls in np.unique(truth):
        hits = ((truth == cls) & (guess == cls)).sum()
        f1.append(2 * hits / ((truth == cls).sum() + (guess == cls).sum()))
        recall.append(hits / (truth == cls).sum())
    return float((truth == guess).mean()), float(np.mean(f1)), float(np.mean(recall))


def one(seed: int, file: Path, kind: str, options: argparse.Namespace) -> tuple[Figures, str]:
    """One repeat: every contender's figures, and the head that was chosen."""
    with np.load(file) as arrays, threadpool_limits(1):
        vectors, logits, truth = (arrays[key] for key in ("vectors", "logits", "truth"))
        rng = np.random.default_rng([options.seed, seed])
        rows = tail(truth, options.ratio, rng) if kind == KINDS[0] else even(truth, rng)
        apart = np.setdiff1d(np.arange(len(truth)), rows)
        own = vectors[rows], logits[rows], truth[rows]
        graph = knn_graph(own[0])
        labeled = rng.permutation(len(rows))[: options.labels]
        if options.asked:
            played = play(Scene(*own, graph=graph), plan_of((options.labels,)), seed)
            labeled = list(played)[-1].labeled
        rest = np.setdiff1d(np.arange(len(rows)), labeled)
        learner, classes = Learner(own[0], own[1], graph=graph), own[2][labeled]
        figures = {}
        for name in options.heads:
            fitted = learner.headed(name).fit(labeled, classes)
            said = fitted.probabilities.argmax(axis=1)
            outside = fitted.model.predict(vectors[apart], logits[apart]).argmax(axis=1)
            figures[name] = scored(own[2][rest], said[rest], truth[apart], outside)
        best = contest(learner, labeled, classes, heads=options.heads).best
        figures[AUTO] = figures[best]
        train, both = own[0][labeled], np.concatenate([own[0][rest], vectors[apart]])
        others = {SKLEARN: sklearn_says(train, classes, both)}
        others |= {name: says(train, classes, both, seed) for name, says in probes().items()}
        for name, said in others.items():
            inside, outside = said[: len(rest)], said[len(rest) :]
            figures[name] = scored(own[2][rest], inside, truth[apart], outside)
        return figures, best


def scored(
    truth: np.ndarray, guess: np.ndarray, apart: np.ndarray, outside: np.ndarray
) -> tuple[float, float, float]:
    """Accuracy and macro F1 of the rest of the collection, mean recall of the images outside."""
    accuracy, macro, _ = measured(truth, guess)
    return accuracy, macro, measured(apart, outside)[2]


def show(file: Path, kind: str, results: list[tuple[Figures, str]], labels: int) -> None:
    """The table of one collection."""
    names = list(results[0][0])
    values = {n: 100 * np.array([figures[n] for figures, _ in results]) for n in names}
    print(f"\n{file.stem}, {kind}, {labels} labels, {len(results)} repeats (points)\n")
    print("| head | accuracy | macro F1 | mean recall elsewhere | Δ accuracy | Δ macro F1 (± SE) |")
    print("|---|---|---|---|---|---|")
    for name in names:
        mean, gain = values[name].mean(axis=0), values[name] - values[PLAIN]
        error = gain[:, 1].std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else 0.0
        print(
            f"| {name} | {mean[0]:.1f} | {mean[1]:.1f} | {mean[2]:.1f} | {gain[:, 0].mean():+.1f} "
            f"| {gain[:, 1].mean():+.1f} (± {error:.1f}) |"
        )
    chosen = [best for _, best in results]
    counted = ", ".join(f"{name} {chosen.count(name)}" for name in dict.fromkeys(chosen))
    print(f"\nauto took: {counted} of {len(chosen)}")
    for name in {TORCH, SKORCH} - set(probes()):
        print(f"The {name} is left out: {name.split()[0]} is not installed.")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--labels", type=int, default=200)
    parser.add_argument("--ratio", type=float, default=100.0)
    parser.add_argument("--heads", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--asked", action="store_true", help="labels that Winnow's queue asks for")
    options = parser.parse_args()
    with ProcessPoolExecutor(options.jobs) as pool:
        for file in options.files:
            for kind in options.kinds:
                work = partial(one, file=file, kind=kind, options=options)
                show(file, kind, list(pool.map(work, range(options.repeats))), options.labels)


if __name__ == "__main__":
    main()
