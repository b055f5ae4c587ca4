"""How well captions find their images, measured for one encoder and for several side by side."""

from __future__ import annotations

from pathlib import Path

import pytest
from colours import Blind, ColourEncoder, captions_of, embedded_twice, write_pictures

from core.embedding.run import embed
from core.encoders.base import Encoder
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report
from core.services.data.caption_import import import_captions, matched
from core.services.metrics.retrieval import CaptionScores, evaluate_retrieval, measure, measured


@pytest.fixture
def coloured(tmp_path: Path) -> tuple[Project, dict[str, str]]:
    """Thirty pictures and a copy, embedded by two encoders; the one that sees colours is active."""
    return embedded_twice(tmp_path / "pictures", tmp_path / "ws")


def load(spec: str, report: Report) -> Encoder:
    return {"blind": Blind, "colours": ColourEncoder}[spec]()


def scores_of(project: Project, captions: list[tuple[str, str]]) -> CaptionScores:
    found = matched(project.snapshot(), captions)
    return evaluate_retrieval(project.pool(), project.encoder, found.rows, len(found.missing))


def test_captions_of_colours_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    truth = write_pictures(folder, 30)
    project = Project.open(folder, tmp_path / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    captions = [(path, f"a {colour} picture") for path, colour in truth.items()]
    captions += [("nowhere.jpg", "red"), captions[0]]
    scores = scores_of(project, captions)
    assert (scores.images, scores.captions, scores.unknown) == (30, 30, 1)
    forth = scores.figures.text_to_image
    # The first of ten pictures of a colour is the right one by chance alone.
    assert 0.9 < forth.recall[10].value <= 1
    assert scores.figures.image_to_text.recall[10].value == pytest.approx(1)
    assert 0 < forth.recall[1].value < 0.5
    with pytest.raises(WinnowError, match="None of the 1 paths"):
        scores_of(project, [("a.jpg", "red")])
    with pytest.raises(WinnowError, match="Only one image"):
        scores_of(project, captions[:1])


def test_encoders_are_measured_once_and_side_by_side(coloured) -> None:
    project, truth = coloured
    import_captions(project.snapshot(), captions_of(truth))
    snapshot, records = project.snapshot(), project.workspace.encoders()
    assert [record.spec for record in records] == ["colours", "blind"]
    assert [measured(snapshot, record) for record in records] == [None, None]
    measure(snapshot, records, load, Report())
    sees, blind = (measured(snapshot, record) for record in records)
    captions = [(i, text) for i, texts in project.captions().items() for text in texts]
    again = evaluate_retrieval(project.pool(), project.encoder, captions, derived=snapshot.derived)
    assert sees == again
    assert (sees.model, blind.model, blind.images) == ("colours", "blind", 30)
    forth = blind.figures.text_to_image
    assert sees.figures.text_to_image.recall[10].value > 0.9 > forth.recall[10].value
    assert project.workspace.encoder == records[0], "measuring makes no other encoder active"
    # Other captions and damage ask for new figures.
    for path in (project.workspace.cache / "retrieval").iterdir():
        path.write_text('{"model": "colours"}')
    assert measured(snapshot, records[0]) is None
    measure(snapshot, records[:1], load, Report())
    assert measured(snapshot, records[0]) == sees
    import_captions(project.snapshot(), captions_of(truth)[:20])
    assert measured(project.snapshot(), records[0]) is None


def test_what_cannot_be_measured_is_said(coloured) -> None:
    project, truth = coloured
    records = project.workspace.encoders()
    with pytest.raises(WinnowError, match="No image has captions"):
        measure(project.snapshot(), records, load, Report())
    import_captions(project.snapshot(), captions_of(truth)[:1])
    with pytest.raises(WinnowError, match="Only one image has captions"):
        measure(project.snapshot(), records, load, Report())
    import_captions(project.snapshot(), captions_of(truth))
    with pytest.raises(WinnowError, match="weights of blind have changed"):
        measure(project.snapshot(), records[1:], lambda spec, report: ColourEncoder(), Report())
    stopped = Report()
    stopped.cancel()
    with pytest.raises(Cancelled):
        measure(project.snapshot(), records, load, stopped)
    assert matched(project.snapshot(), captions_of(truth)).images == 30
