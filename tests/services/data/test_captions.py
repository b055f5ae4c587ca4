"""Captions of a project: matched, kept, filtered by, and measured against by several encoders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures

from core.embedding.run import embed
from core.encoders.base import Encoder
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report
from core.services.data.caption_import import import_captions, matched
from core.services.metrics.retrieval import evaluate_retrieval, measure, measured
from core.services.search.searching import Request


class Blind(ColourEncoder):
    """An encoder to which every text is the same."""

    spec = "blind"

    def __init__(self) -> None:
        super().__init__("blind-1")

    def encode_texts(self, texts):
        return np.full((len(texts), self.dim), self.dim**-0.5, dtype=np.float32)


@pytest.fixture
def coloured(tmp_path: Path) -> tuple[Project, dict[str, str]]:
    """Thirty pictures, embedded by two encoders of which the one that sees colours is active."""
    folder = tmp_path / "pictures"
    truth = write_pictures(folder, 30)
    (folder / "copy.jpg").write_bytes((folder / "p0000.jpg").read_bytes())
    project = Project.open(folder, tmp_path / "ws")
    for encoder in (Blind(), ColourEncoder()):
        embed(project.workspace, encoder)
    return project.use(encoder), truth


def told(truth: dict[str, str]) -> list[tuple[str, str]]:
    return [(path, f"A {colour} picture") for path, colour in truth.items()]


def load(spec: str, report: Report) -> Encoder:
    return {"blind": Blind, "colours": ColourEncoder}[spec]()


def test_captions_are_matched_by_path_and_kept_by_content(coloured) -> None:
    project, truth = coloured
    assert project.captions() == {}
    given = [("copy.jpg", "the first again"), ("nowhere.jpg", "x"), *told(truth)]
    found = import_captions(project, [*given, given[-1]])
    assert (found.images, len(found.rows), found.missing) == (30, 31, ["nowhere.jpg"])
    pool = project.pool()
    first = pool.ids[pool.row_of_path()["p0000.jpg"]]
    assert project.captions()[first] == ("the first again", "A red picture")
    (project.workspace.images / "p0000.jpg").rename(project.workspace.images / "renamed.jpg")
    embed(project.workspace, ColourEncoder())
    assert project.captions()[first] == ("the first again", "A red picture")
    import_captions(project, [("p0001.jpg", "only this")])
    assert list(project.captions().values()) == [("only this",)], "a new import replaces"


def test_captions_of_no_image_are_refused_and_the_old_ones_stay(coloured) -> None:
    project, truth = coloured
    import_captions(project, told(truth))
    with pytest.raises(WinnowError, match="None of the 1 paths of the captions"):
        import_captions(project, [("a.jpg", "x")])
    assert len(project.captions()) == 30


def test_captions_are_a_column_to_filter_by(coloured) -> None:
    project, truth = coloured
    pairs = told(truth)[3:]
    pairs += [("p0004.jpg", "with a [bracket], a comma and 100% more")]
    import_captions(project, pairs)
    searcher = project.searcher()
    found = searcher.find(Request("a picture", where=("caption~RED pic",), k=40))
    paths = {result.path for result in found.results}
    assert paths == {path for path, text in pairs if "red" in text}
    bracket = searcher.find(Request("x", where=("caption~[bracket], a comma and 100%",), k=9))
    assert [result.path for result in bracket.results] == ["p0004.jpg"]
    without = searcher.find(Request("x", where=("caption=",), k=9))
    assert {r.path for r in without.results} <= {"copy.jpg", "p0000.jpg", "p0001.jpg", "p0002.jpg"}
    assert without.searched == 3


def test_filters_alone_list_what_passes_by_path(coloured) -> None:
    project, truth = coloured
    import_captions(project, told(truth))
    found = project.searcher().find(Request(where=("caption~green",), k=4))
    greens = [path for path in sorted(truth) if truth[path] == "green"]
    assert [result.path for result in found.results] == greens[:4]
    assert {result.score for result in found.results} == {None}
    assert (found.kind, found.searched, found.recall) == ("filter", len(greens), 1.0)
    with pytest.raises(WinnowError, match="names no column"):
        project.searcher().find(Request(where=("colour=red",)))


def test_encoders_are_measured_once_and_side_by_side(coloured, monkeypatch) -> None:
    project, truth = coloured
    import_captions(project, told(truth))
    records = project.workspace.encoders()
    assert [record.spec for record in records] == ["colours", "blind"]
    assert [measured(project, record) for record in records] == [None, None]
    measure(project, records, load, Report())
    sees, blind = (measured(project, record) for record in records)
    captions = [(i, text) for i, texts in project.captions().items() for text in texts]
    assert sees == evaluate_retrieval(project.pool(), project.encoder, captions)
    assert (sees.model, blind.model, blind.images) == ("colours", "blind", 30)
    forth = blind.figures.text_to_image
    assert sees.figures.text_to_image.recall[10].value > 0.9 > forth.recall[10].value
    assert project.workspace.encoder == records[0], "measuring makes no other encoder active"
    # Other captions and damage ask for new figures.
    for path in (project.workspace.cache / "retrieval").iterdir():
        path.write_text('{"model": "colours"}')
    assert measured(project, records[0]) is None
    measure(project, records[:1], load, Report())
    assert measured(project, records[0]) == sees
    import_captions(project, told(truth)[:20])
    assert measured(project, records[0]) is None


def test_what_cannot_be_measured_is_said(coloured) -> None:
    project, truth = coloured
    records = project.workspace.encoders()
    with pytest.raises(WinnowError, match="No image has captions"):
        measure(project, records, load, Report())
    import_captions(project, told(truth)[:1])
    with pytest.raises(WinnowError, match="Only one image has captions"):
        measure(project, records, load, Report())
    import_captions(project, told(truth))
    with pytest.raises(WinnowError, match="weights of blind have changed"):
        measure(project, records[1:], lambda spec, report: ColourEncoder(), Report())
    stopped = Report()
    stopped.cancel()
    with pytest.raises(Cancelled):
        measure(project, records, load, stopped)
    assert matched(project, told(truth)).images == 30
