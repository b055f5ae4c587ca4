"""From a label to new predictions where words count: seconds a round, on a copy of a workspace.

    python benchmarks/words_rounds.py --workspace WORKSPACE --words "{title}" "{title}, {brand}" ""

The workspace is of a folder with one folder a class, named as the question's classes are, and has
the columns that the templates name; "" is pictures alone. Labels are drawn at random, every seventh
as one of the audit's, until there are ``--labels``. A round is one label more, then what the
app does: a snapshot of the new labels and its predictions.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path, PurePosixPath

import numpy as np

from core.encoders.registry import load_encoder
from core.project.project import Project
from core.services.predict.predicting import predict
from core.store.labels.base import Event
from core.store.workspace import load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--words", nargs="+", default=["{title}", ""])
    parser.add_argument("--labels", type=int, default=420)
    parser.add_argument("--rounds", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    for words in asked.words:
        with tempfile.TemporaryDirectory() as folder:
            took = rounds(
                shutil.copytree(asked.workspace, Path(folder) / "workspace"), words, asked
            )
        wall, cpu = np.array(took).T
        print(
            f"{words or 'pictures alone'}: {np.median(wall):.2f} s median, {wall.min():.2f} to "
            f"{wall.max():.2f} s, processor {np.median(cpu):.2f} s, {len(wall)} rounds",
            flush=True,
        )


def rounds(root: Path, words: str, asked: argparse.Namespace) -> list[tuple[float, float]]:
    """Seconds by the clock and of the processor of each round, after a first that warms up."""
    project = Project(load(root))
    project.use(load_encoder("starter", "auto"))
    snapshot = project.snapshot()
    pool, chance = snapshot.pool, np.random.default_rng(asked.seed)
    missing = max(0, asked.labels - int((snapshot.human >= 0).sum()))
    random = snapshot.audit_order[: missing // 7]
    order = [*random, *chance.permutation(np.setdiff1d(np.arange(len(pool)), random))]

    def label(rows: list[int]) -> None:
        events = [Event(pool.ids[row], PurePosixPath(pool.paths[row]).parent.name) for row in rows]
        project.labels.add(events, "benchmark", source="benchmark")

    label(order[:missing])
    predict(project.snapshot().speaking(words))
    took = []
    for row in order[missing : missing + asked.rounds]:
        label([row])
        wall, cpu = time.perf_counter(), time.process_time()
        predict(project.snapshot().speaking(words))
        took.append((time.perf_counter() - wall, time.process_time() - cpu))
    return took


if __name__ == "__main__":
    main()
