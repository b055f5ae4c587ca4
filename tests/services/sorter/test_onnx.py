"""The starter's graph on real pictures: what `winnow classify` says, without Winnow."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from colours import ColourEncoder

from core.encoders.starter.encoder import StarterEncoder
from core.encoders.towers import ImageTower
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.sorter import onnx
from core.services.sorter.classifying import classified
from core.services.sorter.making import make_sorter
from core.services.sorter.parts import beside
from core.services.sorter.results import write_table
from core.sorter.onnx import checking, writing
from core.sorter.sorter import Sorter
from core.store.csv_tables import read_labels
from core.store.labels.base import Event
from core.store.workspace import load

DOCS = Path(__file__).parents[3] / "docs" / "model-file.md"
LABELS = 30


@pytest.fixture(scope="module")
def learned(
    embedded: Path, sample: Path, starter: StarterEncoder, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, Sorter]:
    """The sample with labels, and what was learned of them."""
    root = tmp_path_factory.mktemp("learned") / "workspace"
    shutil.copytree(embedded, root)
    project = Project(load(root)).use(starter)
    truth, snapshot = read_labels(sample / "truth.csv"), project.snapshot()
    pool = snapshot.pool
    rows = snapshot.audit_order[:LABELS]
    events = [Event(pool.ids[row], truth[pool.paths[row]]) for row in rows]
    project.labels.add(events, "ann", "test")
    return project, make_sorter(project.snapshot(), "sample")


@pytest.fixture(scope="module")
def written(
    learned: tuple[Project, Sorter], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, checking.Checked]:
    project, sorter = learned
    path = tmp_path_factory.mktemp("written") / "sample.onnx"
    return path, onnx.write_onnx(sorter, project.snapshot(), project.file_of, path)


def test_it_was_checked_with_pictures_of_the_collection(
    written: tuple[Path, checking.Checked],
) -> None:
    path, checked = written
    assert checked.images == onnx.PICTURES
    assert checked.difference <= 1e-3 and checked.cosine >= 0.9999
    assert [entry.name for entry in path.parent.iterdir()] == ["sample.onnx"]


def test_the_example_in_the_docs_says_what_classify_says(
    learned: tuple[Project, Sorter],
    written: tuple[Path, checking.Checked],
    sample: Path,
    starter: StarterEncoder,
    tmp_path: Path,
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.S)
    (tmp_path / "example.py").write_text(example, "utf-8")
    with classified(sample, learned[1], starter, beside(tmp_path / "all.csv")) as done:
        write_table(done, tmp_path / "all.csv")
    table = pl.read_csv(tmp_path / "all.csv")
    paths = [str(sample / path) for path in table["path"]]
    command = [sys.executable, "-I", "example.py", str(written[0]), *paths]
    answers = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in answers.stdout.splitlines()]
    assert [row[0] for row in rows] == paths and len(rows) > 50
    assert [row[1] for row in rows] == table["class"].to_list()
    made = np.array([float(row[2]) for row in rows])
    assert np.abs(made - table["probability"].to_numpy()).max() <= 1e-3


class Other(StarterEncoder):
    """Hands out a tower that is not its own: a mistake that the check must see."""

    def __init__(self, real: StarterEncoder) -> None:
        vars(self).update(vars(real))

    def image_tower(self) -> ImageTower:
        made = super().image_tower()
        made.module.basis.mul_(-1)  # type: ignore[operator, union-attr]
        return made


def test_what_says_something_else_is_not_written(
    learned: tuple[Project, Sorter], starter: StarterEncoder, tmp_path: Path
) -> None:
    project, sorter = learned
    other = Project(project.workspace).use(Other(starter))
    with pytest.raises(WinnowError, match="was not written: on 24 pictures"):
        onnx.write_onnx(sorter, other.snapshot(), other.file_of, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


class OnGpu(Other):
    """An encoder on a GPU, which neither the graph nor its check may use."""

    def __init__(self, real: StarterEncoder) -> None:
        super().__init__(real)
        self.device = "cuda"

    def image_tower(self) -> ImageTower:
        raise AssertionError("the GPU's weights are of half precision")


def test_the_graph_is_that_of_the_cpu(
    learned: tuple[Project, Sorter],
    starter: StarterEncoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project, sorter = learned
    on_gpu = Project(project.workspace).use(OnGpu(starter))
    monkeypatch.setattr(writing, "LIMIT", 1000)
    with pytest.raises(WinnowError, match="use a smaller model"):
        onnx.write_onnx(sorter, on_gpu.snapshot(), on_gpu.file_of, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


def test_without_any_picture_nothing_is_written(
    learned: tuple[Project, Sorter], tmp_path: Path
) -> None:
    project, sorter = learned
    for file_of in (lambda _: None, lambda name: tmp_path / name):
        with pytest.raises(WinnowError, match="No image of the collection can be read"):
            onnx.write_onnx(sorter, project.snapshot(), file_of, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_is_refused_before_the_work(
    starter: StarterEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    onnx.ready(starter, tmp_path / "a.onnx")
    with pytest.raises(WinnowError, match="Colours cannot be written as ONNX"):
        onnx.ready(ColourEncoder(), tmp_path / "a.onnx")
    with pytest.raises(WinnowError, match="is there already"):
        onnx.ready(starter, tmp_path)
    real = util.find_spec

    def without(name: str, *rest: Any) -> Any:
        return None if name == "onnxruntime" else real(name, *rest)

    monkeypatch.setattr(onnx, "find_spec", without)
    with pytest.raises(WinnowError, match=r"pip install 'winnow\[onnx\]'"):
        onnx.ready(starter, tmp_path / "a.onnx")
