"""A model file of classes of which the last has no prompts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.project.project import Project
from core.prompts.vocabulary import NONE_PROMPT, Vocabulary
from core.services.predict.predicting import predict
from core.services.sorter.making import make_sorter
from core.sorter.arrays import of_arrays, to_arrays
from core.sorter.model_file import read, write
from core.sorter.onnx.graph import HeadGraph
from core.sorter.sorter import Sorter
from core.store.labels.base import Event

PLAIN = Vocabulary.of({"red": ["red"], "green": ["green"]})
WITH = PLAIN.with_none("other")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    truth = write_pictures(tmp_path / "pictures", 45)
    project = Project.open(tmp_path / "pictures", tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    project.save_vocabulary(WITH)
    project.truth = truth  # type: ignore[attr-defined]
    return project


def label(project: Project) -> None:
    truth, pool = project.truth, project.pool()  # type: ignore[attr-defined]
    events = [
        Event(pool.ids[row], truth[pool.paths[row]])
        if truth[pool.paths[row]] in PLAIN.names
        else Event(pool.ids[row], None, "none")
        for row in range(18)
    ]
    project.labels.add(events, "ann", "test")


def test_without_labels_it_says_what_the_collection_says(project: Project, tmp_path: Path) -> None:
    snapshot = project.snapshot()
    write(make_sorter(snapshot, "a"), tmp_path / "a.winnow")
    sorter = read(tmp_path / "a.winnow")
    assert sorter.names == ["red", "green", "other"] and sorter.content.head.flat is not None
    assert sorter.content.classes[-1].prompts == [] and NONE_PROMPT not in sorter.card
    own = sorter.head.probabilities(snapshot.pool.vectors)
    assert np.abs(own - predict(snapshot).probabilities).max() < 1e-6


def test_with_labels_it_knows_the_class_and_so_does_its_graph(project: Project) -> None:
    label(project)
    snapshot = project.snapshot()
    sorter = make_sorter(snapshot, "a")
    own = sorter.head.probabilities(snapshot.pool.vectors)
    assert (own.argmax(axis=1) == predict(snapshot).assigned).mean() > 0.9
    heads = [sorter.head, replace(sorter.head, flat=3.0), replace(sorter.head, centring="images")]
    for head in heads:
        with torch.inference_mode():
            made = HeadGraph(head)(torch.from_numpy(snapshot.pool.vectors.copy())).numpy()
        assert np.abs(made - head.probabilities(snapshot.pool.vectors)).max() < 1e-5


def test_files_of_classes_that_all_have_prompts_say_nothing_of_it(project: Project) -> None:
    content = make_sorter(project.snapshot(PLAIN), "a").content
    assert "flat" not in content.model_dump(mode="json")["head"]


def test_texts_that_do_not_fit_it_are_refused(project: Project) -> None:
    sorter: Sorter = make_sorter(project.snapshot(), "a", exemplars=False)
    arrays = dict(to_arrays(sorter))
    arrays["texts"] = arrays["texts"][::-1].copy()
    with pytest.raises(ValueError, match="without prompts"):
        of_arrays(sorter.content, arrays, None, sorter.card)
