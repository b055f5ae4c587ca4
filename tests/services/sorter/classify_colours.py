"""A folder of coloured pictures with a sorter of them, and a process that classifies it slowly."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.sorter.classifying import Classified, classified
from core.services.sorter.making import make_sorter
from core.services.sorter.parts import beside
from core.services.sorter.results import write_table
from core.services.tags.tagging import tagging_of
from core.sorter.model_file import read, write
from core.sorter.sorter import Sorter
from core.store.labels.base import Event, TagEvent
from core.tags.reading import parse

WORDS = Vocabulary.of({"red": ["red"], "green": ["green"], "blue|sea": ["blue"], "set": ["grey"]})
TAGS = "tags:\n  warm: red\n  cold: blue\nderived:\n  odd: warm & !cold\n"
PART = 16


def embedded(folder: Path, workspace: Path, count: int) -> tuple[Project, dict[str, str]]:
    """A project of ``count`` pictures with classes; path → colour too."""
    truth = write_pictures(folder, count)
    project = Project.open(folder, workspace).use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    project.save_vocabulary(WORDS)
    return project, truth


def label(project: Project, truth: dict[str, str], rows: np.ndarray) -> None:
    """True labels of some rows."""
    pool, names = project.pool(), {"blue": "blue|sea"}
    events = [
        Event(pool.ids[r], names.get(truth[pool.paths[r]], truth[pool.paths[r]])) for r in rows
    ]
    project.labels.add(events, "ann", "test")


def model_file(project: Project, truth: dict[str, str], path: Path, labels: int = 30) -> Sorter:
    """A model file with tags, read back."""
    label(project, truth, project.snapshot().audit_order[:labels])
    pool = project.pool()
    answers = [TagEvent(pool.ids[r], "warm", truth[pool.paths[r]] == "red") for r in range(12)]
    project.collection.tag_labels.add(answers, "ann", "test")
    snapshot = project.snapshot()
    tagged = tagging_of(project).score(snapshot, parse(TAGS, "x"))
    write(make_sorter(snapshot, "colours", tagged=tagged), path)
    return read(path)


class Slow(ColourEncoder):
    """Takes its time, so that it can be killed in the middle."""

    lanes = 1

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        time.sleep(0.1)
        return super().encode_images(pixels)


@contextmanager
def run(
    folder: Path, sorter: Sorter, out: Path, encoder: ColourEncoder | None = None, **options: object
) -> Iterator[Classified]:
    """One run in small parts."""
    with classified(
        folder, sorter, encoder or ColourEncoder(), beside(out), part=PART, **options
    ) as done:  # type: ignore[arg-type]
        yield done


def table(folder: Path, sorter: Sorter, out: Path, **options: object) -> Classified:
    """One run that writes its table."""
    with run(folder, sorter, out, **options) as done:
        write_table(done, out)
        return done


if __name__ == "__main__":
    images, file, target = map(Path, sys.argv[1:])
    table(images, read(file), target, encoder=Slow())
