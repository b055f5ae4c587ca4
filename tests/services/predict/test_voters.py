"""Several encoders vote: with the vectors that are there, and only where it is worth it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures
from PIL import Image

from core.embedding.run import embed
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.predict.predicting import estimates, predict
from core.services.predict.vote_gain import AUTO, NONE, gain_of, settle, stored, use_voters
from core.services.predict.voters import checked, lacking
from core.services.sorter.making import make_sorter
from core.services.try_one.judge import judge_of
from core.store.labels.base import Event

CLASSES = Vocabulary.of({"red": ["a thing"], "green": ["stuff"], "blue": ["matter"]})


class Bright(ColourEncoder):
    """An encoder that sees how bright each part is, and no colour."""

    spec, dim = "bright", 16

    def __init__(self) -> None:
        super().__init__("bright-1")

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        noise = pixels.mean(axis=1).reshape(len(pixels), -1) + 1e-3
        return (noise / np.linalg.norm(noise, axis=1, keepdims=True)).astype(np.float32)

    def encode_texts(self, texts: list[str]) -> np.ndarray:
        return np.full((len(texts), self.dim), self.dim**-0.5, dtype=np.float32)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Ninety pictures, sixty of them labeled, seen by two encoders; the colour-blind one is
    active."""
    truth = write_pictures(tmp_path / "images", 90)
    project = Project.open(tmp_path / "images", tmp_path / "workspace")
    for encoder in (ColourEncoder(), Bright()):
        embed(project.workspace, encoder)
        project.use(encoder)
    pool = project.pool()
    rows = pool.rows_by_path
    events = [Event(pool.ids[rows[path]], label) for path, label in list(truth.items())[:60]]
    project.labels.add(events, "ann", "test")
    return project


def right(snapshot: Snapshot) -> float:
    probabilities, paths = predict(snapshot).probabilities, snapshot.pool.paths
    truth = [int(path[1:5]) % 3 for path in paths]
    return float((probabilities.argmax(axis=1) == truth).mean())


def test_another_encoder_adds_what_the_active_one_does_not_see(project: Project) -> None:
    alone = project.snapshot(CLASSES)
    voted = alone.voting(["bright", "colours"])
    assert right(alone) < 0.7 and right(voted) > 0.95
    (active, first), (other, second) = predict(voted).votes
    assert (active, other) == ("bright", "colours")
    assert second > 0.5 and first + second == pytest.approx(1.0)
    assert predict(alone).votes == ()


def test_without_a_vote_predictions_are_as_before(project: Project) -> None:
    alone = project.snapshot(CLASSES)
    before = predict(alone).probabilities
    predict(alone.voting(["colours"]))
    again = predict(project.snapshot(CLASSES))
    assert np.array_equal(again.probabilities, before)
    assert np.array_equal(predict(alone.voting(["bright"])).probabilities, before)


def test_what_random_images_say_is_of_the_vote(project: Project) -> None:
    pool, snapshot = project.pool(), project.snapshot(CLASSES)
    first = snapshot.audit_order[:30]
    names = ["red", "green", "blue"]
    events = [Event(pool.ids[r], names[int(pool.paths[r][1:5]) % 3]) for r in first]
    project.labels.add(events, "ann", "test")
    voted = project.snapshot(CLASSES).voting(["colours"])
    predictions = predict(voted)
    assert predictions.unseen.shape == (len(voted.audit), 3)
    stated = estimates(voted, predictions)
    assert stated is not None and (stated.accuracy.value or 0.0) > 0.9
    gain = gain_of(voted, False, Report())
    assert gain is not None and gain.random.n == len(voted.audit) and gain.better
    assert "random images among them" in gain.sentence()


def test_auto_lets_encoders_vote_where_they_surely_help(project: Project) -> None:
    snapshot = project.snapshot(CLASSES)
    use = settle(snapshot, AUTO, False, Report())
    assert use.used == stored(snapshot) == ("bright", "colours")
    assert use.gain is not None and use.gain.labels.low > 0
    assert use.as_json()["gain"]["n"] == 60
    assert use.sentence().startswith("bright, colours vote: the vote is right on ")


def test_auto_leaves_them_out_where_they_do_not(project: Project) -> None:
    embed(project.workspace, ColourEncoder())  # now the one that sees colours is active
    snapshot = project.use(ColourEncoder()).snapshot(CLASSES)
    use = settle(snapshot, AUTO, False, Report())
    assert use.used == () and use.gain is not None and not use.gain.better
    assert use.sentence().startswith("The active encoder decides alone: ")


def test_a_question_keeps_who_votes(project: Project) -> None:
    use_voters(project.workspace, ("bright", "colours"))
    snapshot = project.snapshot(CLASSES)
    assert snapshot.voters == ("bright", "colours")
    assert settle(snapshot, None, False, Report()).used == snapshot.voters
    assert settle(snapshot, NONE, False, Report()).used == ()
    use_voters(project.workspace, ())
    assert project.snapshot(CLASSES).voters == ()
    (project.workspace.home / "voters.json").write_text('{"a": 1}')
    with pytest.raises(WinnowError, match="delete it"):
        project.snapshot(CLASSES)


def test_where_vectors_are_missing_it_is_one_sentence_with_the_command(project: Project) -> None:
    snapshot = project.snapshot(CLASSES)
    with pytest.raises(WinnowError, match=r"no vectors of these images.*winnow embed .*other"):
        checked(snapshot.voting(["other"]))
    with pytest.raises(WinnowError, match="no vectors of these images"):
        settle(snapshot, "colours,other", False, Report())
    with pytest.raises(WinnowError, match="No encoder is named"):
        settle(snapshot, " , ", False, Report())
    Image.new("RGB", (32, 24), (250, 10, 10)).save(project.workspace.images / "new.png")
    embed(project.workspace, Bright())
    voted = project.snapshot(CLASSES).voting(["colours"])
    (sentence,) = lacking(voted)
    assert "no vectors of 1 of 91 images" in sentence and "--model colours" in sentence
    row = voted.pool.rows_by_path["new.png"]
    alone = predict(voted.voting(()))
    assert np.allclose(predict(voted).probabilities[row], alone.probabilities[row], atol=1e-5)
    embed(project.workspace, ColourEncoder())
    embed(project.workspace, Bright())
    whole = project.snapshot(CLASSES).voting(["colours"])
    assert lacking(whole) == []
    assert not np.allclose(predict(whole).probabilities[row], alone.probabilities[row], atol=1e-2)


def test_what_holds_one_encoder_refuses_a_vote(project: Project) -> None:
    snapshot = project.snapshot(CLASSES).voting(["colours"])
    with pytest.raises(WinnowError, match="A model file looks at pictures with one encoder"):
        make_sorter(snapshot, "mine")
    with pytest.raises(WinnowError, match="Try one looks at"):
        judge_of(snapshot, predict(snapshot))
    judge_of(snapshot.voting(()), predict(snapshot.voting(())))
