"""A model file of a question whose head raises rare classes for macro F1."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.learn.models.fused import Model
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.services.predict.predicting import predict
from core.services.sorter.making import make_sorter
from core.sorter.model_file import read, write
from core.store.labels.base import Event


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    truth = write_pictures(tmp_path / "pictures", 45)
    project = Project.open(tmp_path / "pictures", tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    project.save_vocabulary(Vocabulary.of({name: [name] for name in sorted(set(truth.values()))}))
    pool = project.pool()
    events = [Event(pool.ids[row], truth[pool.paths[row]]) for row in range(18)]
    project.labels.add(events, "ann", "test")
    return project.snapshot().headed("macro")


def test_the_file_says_what_the_collection_says(snapshot: Snapshot, tmp_path: Path) -> None:
    write(make_sorter(snapshot, "a"), tmp_path / "a.winnow")
    head = read(tmp_path / "a.winnow").head
    assert isinstance(head.model, Model)  # what it learned of the collection, factors included
    own = head.probabilities(snapshot.pool.vectors)
    said = predict(snapshot).probabilities
    assert (own.argmax(axis=1) == said.argmax(axis=1)).mean() > 0.9
    again = replace(snapshot, head="macro")
    np.testing.assert_array_equal(predict(again).probabilities, said)
