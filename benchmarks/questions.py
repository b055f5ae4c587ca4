"""Whether the audit keeps its word while questions are switched and classes come and go.

    python benchmarks/questions.py [--switches 1000] [--seed 0]

Afternoons are played: a collection with three questions, ten switches. At each switch another
question is taken up, or the classes of this one change: one is removed, put back, split in two or
renamed. Then some images are labeled, one in five from the audit stream, the others where the
model is least sure. What Winnow would state (`prefix` and `drawn_interval`, models that did not see
the label) is compared with the accuracy on all images, at once after the change and again after the
labeling. Beside it stands what would be stated otherwise. NumPy only; no images are needed.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from core.learn.asking.audit import AUDIT_EVERY, next_audit, order, prefix
from core.learn.judging.intervals import drawn_interval

SWITCHES = 10  # an afternoon
SKIPPED = 0.03  # of the answers are no class
PRIOR = 4.0  # labels that the text of a class is worth
WAYS = {
    "as it is": "labels of removed classes leave the audit and are asked again",
    "kept as answered": "labels of removed classes count as answered, without a class",
    "all labels": "what the queue asked about counts as well",
}


@dataclass
class Question:
    """One question: where its classes lie, which are in use, and what was answered.

    Attributes:
        centres, texts: (K, D) of all classes it ever had, as they are and as the prompts say.
        used: (K,) bool, the present classes.
        labels: (N,) class of each label, -1 for none.
        skipped: (N,) bool, answered without a class.
    """

    centres: np.ndarray
    texts: np.ndarray
    used: np.ndarray
    labels: np.ndarray
    skipped: np.ndarray

    def truth(self, images: np.ndarray) -> np.ndarray:
        """(N,) true class among the present ones: the nearest, as a person sees it."""
        far = ((images[:, None] - self.centres[None]) ** 2).sum(axis=2)
        far[:, ~self.used] = np.inf
        return far.argmin(axis=1)

    def human(self) -> np.ndarray:
        """(N,) class of the labels that count."""
        counts = (self.labels >= 0) & self.used[np.maximum(self.labels, 0)]
        return np.where(counts, self.labels, -1)


def predictions(question: Question, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) predicted class and margin of a nearest mean; of a labeled image, without its label."""
    human, rows = question.human(), np.flatnonzero(question.used)
    totals = PRIOR * question.texts[rows]
    weights = np.full(len(rows), PRIOR)
    place = np.full(len(question.used), -1)
    place[rows] = np.arange(len(rows))
    labeled = np.flatnonzero(human >= 0)
    np.add.at(totals, place[human[labeled]], seen[labeled])
    np.add.at(weights, place[human[labeled]], 1)
    far = ((seen[:, None] - (totals / weights[:, None])[None]) ** 2).sum(axis=2)
    own = place[human[labeled]]
    without = (totals[own] - seen[labeled]) / (weights[own] - 1)[:, None]
    far[labeled, own] = ((seen[labeled] - without) ** 2).sum(axis=1)
    nearest = np.partition(far, 1, axis=1)[:, :2]
    return rows[far.argmin(axis=1)], nearest[:, 1] - nearest[:, 0]


def make_question(random: np.random.Generator, images: np.ndarray) -> Question:
    """A question with 3 to 12 classes, of unequal size and more or less hard."""
    size = len(images)
    classes = int(random.integers(3, 13))
    centres = images[random.choice(size, classes, replace=False)]
    texts = centres + random.normal(size=centres.shape) * random.uniform(0.2, 1.0)
    return Question(
        centres,
        texts,
        np.ones(classes, bool),
        np.full(size, -1),
        np.zeros(size, bool),
    )


def change_classes(random: np.random.Generator, question: Question) -> str:
    """Remove a class, put one back, split one or rename one; what was done."""
    used, gone = np.flatnonzero(question.used), np.flatnonzero(~question.used)
    kind = str(random.choice(["remove", "put back", "split", "rename"]))
    if kind == "remove" and len(used) > 2:
        question.used[random.choice(used)] = False
    elif kind == "put back" and len(gone):
        question.used[random.choice(gone)] = True
    elif kind == "split":
        parent = int(random.choice(used))
        halves = question.centres[parent] + random.normal(size=(2, question.centres.shape[1])) * 0.5
        question.used[parent] = False
        question.centres = np.concatenate([question.centres, halves])
        rough = halves + random.normal(size=halves.shape) * 0.5
        question.texts = np.concatenate([question.texts, rough])
        question.used = np.concatenate([question.used, [True, True]])
    else:
        return "rename"  # labels follow the new name, so nothing changes
    return kind


def label(
    random: np.random.Generator,
    question: Question,
    images: np.ndarray,
    seen: np.ndarray,
    stream: np.ndarray,
    count: int,
) -> None:
    """Answer so many images, the model learning every ten answers."""
    truth = question.truth(images)
    for number in range(count):
        if number % 10 == 0:
            _, margin = predictions(question, seen)
            queue = iter(np.argsort(margin))
        answered = np.flatnonzero((question.human() >= 0) | question.skipped)
        if number % AUDIT_EVERY == 0:
            row = int(next_audit(stream, answered)[0])
        else:
            taken = set(answered.tolist())
            row = next(int(row) for row in queue if int(row) not in taken)
        question.skipped[row] = random.random() < SKIPPED
        question.labels[row] = -1 if question.skipped[row] else truth[row]


def stated(
    question: Question, images: np.ndarray, seen: np.ndarray, stream: np.ndarray
) -> tuple[float, dict[str, tuple[int, float, float]]]:
    """The accuracy on all images, and way → images, low and high of what would be stated."""
    truth, human = question.truth(images), question.human()
    predicted, _ = predictions(question, seen)
    right = predicted == truth
    counting = (human >= 0) | question.skipped
    ever = counting | (question.labels >= 0)
    rows = {
        "as it is": prefix(stream, np.flatnonzero(counting)),
        "kept as answered": prefix(stream, np.flatnonzero(ever)),
        "all labels": np.flatnonzero(counting),
    }
    result = {}
    for way, sample in rows.items():
        sample = sample[human[sample] >= 0]
        result[way] = (
            len(sample),
            *drawn_interval(int(right[sample].sum()), len(sample), len(seen)),
        )
    return float(right.mean()), result


@dataclass
class Tally:
    """How often intervals held the accuracy, and how many images they rested on."""

    held: list[bool] = field(default_factory=list)
    images: list[int] = field(default_factory=list)
    width: list[float] = field(default_factory=list)

    def add(self, accuracy: float, images: int, low: float, high: float) -> None:
        """One statement."""
        self.held.append(low <= accuracy <= high)
        self.images.append(images)
        self.width.append(high - low)


def afternoon(random: np.random.Generator, tallies: dict[tuple[str, str, str], Tally]) -> int:
    """Play one; returns how many switches were made."""
    size, width = int(random.integers(800, 3_000)), 6
    images = random.normal(size=(size, width))
    seen = images + random.normal(size=images.shape) * random.uniform(0.2, 0.8)  # as encoded
    stream = order([f"{random.integers(2**63):016x}{row}" for row in range(size)])
    asked = [make_question(random, images) for _ in range(3)]
    now = 0
    for question in asked:
        label(random, question, images, seen, stream, int(random.integers(20, 120)))
    for _ in range(SWITCHES):
        if random.random() < 0.5:
            now, kind = int(random.choice([k for k in range(3) if k != now])), "question"
        else:
            kind = change_classes(random, asked[now])
        for moment in ("at once", "after labeling"):
            if moment == "after labeling":
                label(random, asked[now], images, seen, stream, int(random.integers(20, 80)))
            accuracy, statements = stated(asked[now], images, seen, stream)
            for way, statement in statements.items():
                if statement[0]:
                    tallies[way, moment, kind].add(accuracy, *statement)
    return SWITCHES


def report(tallies: dict[tuple[str, str, str], Tally]) -> None:
    """Print a line a way and moment, then what is stated now by kind of switch."""
    print("| way | moment | statements | images (median) | width (median) | covered |")
    print("|---|---|---|---|---|---|")
    for way in WAYS:
        for moment in ("at once", "after labeling"):
            _line(way, moment, [t for (w, m, _), t in tallies.items() if (w, m) == (way, moment)])
        _line(way, "both", [tally for (w, _, _), tally in tallies.items() if w == way])
    print("\n| switch | moment | statements | images (median) | width (median) | covered |")
    print("|---|---|---|---|---|---|")
    for kind in sorted({kind for _, _, kind in tallies}):
        for moment in ("at once", "after labeling"):
            _line(kind, moment, [tallies["as it is", moment, kind]])


def _line(title: str, moment: str, parts: list[Tally]) -> None:
    held = np.concatenate([part.held for part in parts])
    images = np.concatenate([part.images for part in parts])
    width = np.concatenate([part.width for part in parts])
    print(
        f"| {title} | {moment} | {len(held):,} | {np.median(images):.0f} | "
        f"{np.median(width):.2f} | {held.mean():.1%} |"
    )


def main() -> None:
    """Play afternoons until there were so many switches."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--switches", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    random = np.random.default_rng(arguments.seed)
    tallies: dict[tuple[str, str, str], Tally] = defaultdict(Tally)
    done = 0
    while done < arguments.switches:
        done += afternoon(random, tallies)
    print(f"{done:,} switches\n")
    report(tallies)


if __name__ == "__main__":
    main()
