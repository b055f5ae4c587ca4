"""What tags cost and how good their calibration is.

    python benchmarks/tags.py --images FOLDER --workspace WORKSPACE        # seconds, any folder
    python benchmarks/tags.py --images CLOTHING --workspace WORKSPACE --truth truth.csv \
        --prompts benchmarks/clothing-prompts.yaml                          # and how good

Embeds what is not embedded yet (starter). Columns are computed in a temporary copy of the
workspace's small files, with its vectors linked, so the workspace itself stays as it is.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.embedding.run import embed
from core.encoders.registry import load_encoder
from core.project.project import Project
from core.prompts import vocabulary as vocabularies
from core.services.tags.tagging import tagging_of
from core.store.csv_tables import read_labels
from core.store.workspace import load
from core.tags.vocabulary import Tag, Tags

# fmt: off
WORDS = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
    "truck", "person", "tree", "house", "flower", "food", "drink", "table", "chair",
    "book", "phone", "computer", "guitar", "ball", "boat", "train", "bus", "bicycle",
    "mountain", "beach", "sky", "water", "fire", "snow", "rain", "moon", "star",
    "sun", "planet", "rocket", "tank", "knife", "shoe", "hat", "dress", "bridge",
]
# fmt: on


def copied(project: Project, folder: Path) -> Project:
    """The project on a workspace of its own that shares the vectors' files."""
    root = folder / "workspace"
    root.mkdir()
    source = project.workspace.root
    for name in ("workspace.toml", "catalog.parquet"):
        shutil.copy2(source / name, root / name)
    (root / "vectors").symlink_to(source / "vectors")
    return Project(load(root)).use(project.encoder)


def seconds(project: Project) -> None:
    """Full scoring, another eight tags, nothing new; text encoding included."""
    project.pool()
    project.encoder.encode_texts(["warm"])
    tagging = tagging_of(project)
    tags = Tags(tuple(Tag(word, description=f"a {word}") for word in WORDS[:37]))
    more = Tags(tuple(Tag(word, description=f"a {word}") for word in WORDS[:45]))
    folder = project.workspace.cache / "tags"
    for what, asked in (("37 tags", tags), ("8 more", more), ("again", more)):
        before = {p: p.read_bytes() for p in folder.rglob("*.col")}
        spent = time.process_time()
        tagged = tagging.score(asked)
        spent = time.process_time() - spent
        same = all(p.read_bytes() == data for p, data in before.items())
        print(
            f"{what}: {len(tagged.pool)} images, {tagged.computed} computed, "
            f"{tagged.seconds:.2f} s, {spent:.2f} s of processor"
            f"{', other columns the same bytes' if same and before else ''}"
        )


def average_precision(yes: np.ndarray, score: np.ndarray) -> float:
    """Area under the steps of precision over recall."""
    hits = yes[np.argsort(-score, kind="stable")]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def f1(yes: np.ndarray, said: np.ndarray) -> float:
    return 2 * int((yes & said).sum()) / max(1, int(yes.sum() + said.sum()))


def best_f1(yes: np.ndarray, score: np.ndarray) -> float:
    hits = np.cumsum(yes[np.argsort(-score, kind="stable")])
    return float((2 * hits / (np.arange(1, len(hits) + 1) + yes.sum())).max())


RULES: dict[str, Callable[[np.ndarray], float]] = {
    "median + 1.5 MAD": lambda s: float(
        np.median(s) + 1.5 * 1.4826 * np.median(np.abs(s - np.median(s)))
    ),
    "median + 2 MAD": lambda s: float(
        np.median(s) + 2 * 1.4826 * np.median(np.abs(s - np.median(s)))
    ),
    "mean + 1.5 sd": lambda s: float(s.mean() + 1.5 * s.std()),
}


def quality(project: Project, prompts: Path, truth: Path) -> None:
    """Every class as a tag: F1 at the centre and in the accepted band, against other rules."""
    names = vocabularies.read(prompts).prompts()
    codes = {name: name.replace(" ", "_") for name in names}
    tags = Tags(tuple(Tag(codes[name], prompts=tuple(p)) for name, p in names.items()))
    tagged = tagging_of(project).score(project.snapshot(), tags)
    known = read_labels(truth)
    labels = np.array([known.get(path, "") for path in tagged.pool.paths])
    figures: dict[str, list[float]] = {}
    for name, code in codes.items():
        yes, column = labels == name, tagged[code]
        assert column.logits is not None
        accepted = column.bands == 2
        row = {
            "average precision": average_precision(yes, column.logits),
            "best possible F1": best_f1(yes, column.logits),
            "F1 at the centre": f1(yes, column.confidence >= 0.5),
            "F1 of accepted": f1(yes, accepted),
            "precision of accepted": (yes & accepted).sum() / max(1, accepted.sum()),
            "precision of tentative": (yes & (column.bands == 1)).sum()
            / max(1, (column.bands == 1).sum()),
            "share of yes among rejected": (yes & (column.bands == 0)).sum()
            / max(1, (column.bands == 0).sum()),
        }
        row |= {rule: f1(yes, column.logits >= cut(column.logits)) for rule, cut in RULES.items()}
        for what, value in row.items():
            figures.setdefault(what, []).append(float(value))
    for what, values in figures.items():
        print(f"{what}: {np.mean(values):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--prompts", type=Path)
    parser.add_argument("--truth", type=Path)
    asked = parser.parse_args()
    encoder = load_encoder("starter", "cpu")
    project = Project.open(asked.images, asked.workspace)
    embed(project.workspace, encoder)
    project.use(encoder)
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(project, Path(folder))
        seconds(copy)
        if asked.prompts and asked.truth:
            quality(copy, asked.prompts, asked.truth)


if __name__ == "__main__":
    main()
