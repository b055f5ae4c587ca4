"""Model files that read words, on images that were never in the collection.

    python benchmarks/words_outside.py WORKSPACE metadata.csv [--repeats 3] [--labels 200]

WORKSPACE holds the pictures of metadata.csv (path, title, keywords, category: the truth), embedded.
Half of them with labels make a model file; the other half is judged by it with its words, by the
app as if they were in the collection, and by both from pictures alone. Needs no GPU.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from classify import part_of

from core.encoders import registry
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import from_names
from core.services.predict.predicting import predict
from core.services.predict.words import texts_of
from core.services.sorter.making import make_sorter
from core.services.sorter.scoring import Scorer, as_stored
from core.store.metadata.table import MetadataTable
from core.store.workspace import load

COLUMNS = ("title", "keywords")
TEMPLATES = ("{title}", "{title}. {keywords}")


def opened(workspace: Path, table: Path) -> tuple[Snapshot, np.ndarray]:
    """The collection with its columns and classes, and the true class (N,) of each image."""
    bare = Project(load(workspace))
    spec = bare.workspace.encoder
    assert spec is not None
    project = bare.use(registry.load_encoder(spec.spec, "auto"))
    with table.open(encoding="utf-8", newline="") as file:
        by_name = {Path(row["path"]).name: row for row in csv.DictReader(file)}
    pool = project.pool()
    rows = [by_name[Path(path).name] for path in pool.paths]
    names = sorted({row["category"] for row in rows})
    cells = {
        name: pl.Series([row[name] or None for row in rows], dtype=pl.String) for name in COLUMNS
    }
    columns = MetadataTable(COLUMNS, dict.fromkeys(COLUMNS, "text"), "one", pool.ids, cells)
    whole = replace(project.snapshot(from_names(names)), read_metadata=lambda: columns)
    return whole, np.array([names.index(row["category"]) for row in rows])


def measured(whole: Snapshot, truth: np.ndarray, labels: int, seed: int) -> dict[str, float]:
    """Accuracy on the half that was never seen."""
    order, ids = np.random.default_rng(seed).permutation(len(truth)), whole.pool.ids
    inside, outside = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    half = part_of(whole, inside, f"half {seed}")
    every = part_of(whole, np.arange(len(truth)), f"every {seed}")
    names = {image_id: whole.names[k] for image_id, k in zip(ids, truth, strict=True)}
    labeled = {half.pool.ids[row]: names[half.pool.ids[row]] for row in half.audit_order[:labels]}
    half, every = half.with_labels(labeled), every.with_labels(labeled)
    scorer = Scorer(make_sorter(half, "half", exemplars=False))
    texts, vectors = texts_of(whole), as_stored(whole.pool.some(outside))
    spoken = np.zeros((len(outside), whole.encoder.dim), np.float32)
    present = texts.of[outside] >= 0
    spoken[present] = texts.vectors[texts.of[outside[present]]]
    chances = {
        "app": predict(every).probabilities[outside],
        "file": scorer.score(vectors, spoken).probabilities,
        "app, pictures": predict(every.speaking("")).probabilities[outside],
        "file, pictures": scorer.score(vectors).probabilities,
    }
    return {name: float((p.argmax(axis=1) == truth[outside]).mean()) for name, p in chances.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspace", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--labels", type=int, default=200)
    options = parser.parse_args()
    whole, truth = opened(options.workspace, options.table)
    for template in TEMPLATES:
        each = [
            measured(whole.speaking(template), truth, options.labels, seed)
            for seed in range(options.repeats)
        ]
        means = {name: np.mean([one[name] for one in each]) for name in each[0]}
        print(f"{template:22}", "  ".join(f"{name} {value:.3f}" for name, value in means.items()))


if __name__ == "__main__":
    main()
