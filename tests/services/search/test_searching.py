"""Search in a project, and its commands: what is found, how it is said, what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from colours import ColourEncoder, write_pictures
from conftest import SAMPLE

from core import cli
from core.embedding.run import embed
from core.encoders import registry
from core.project.project import Project
from core.prompts.vocabulary import from_names
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.search import collection as collections
from core.search.captions import read_captions
from core.services.data.caption_import import import_captions, matched
from core.services.metrics.retrieval import CaptionScores, evaluate_retrieval
from core.services.search.searching import Request, Searcher, encode_file
from core.store.labels.sqlite import Event


@pytest.fixture
def coloured(tmp_path: Path) -> tuple[Project, dict[str, str]]:
    """Red, green and blue pictures, embedded by their colours."""
    folder = tmp_path / "pictures"
    truth = write_pictures(folder, 30)
    encoder = ColourEncoder()
    project = Project.open(folder, tmp_path / "ws").use(encoder)
    embed(project.workspace, encoder)
    return project, truth


def colours(found: Any, truth: dict[str, str]) -> set[str]:
    return {truth[result.path] for result in found.results}


def test_texts_images_and_both(coloured) -> None:
    project, truth = coloured
    searcher = project.searcher()
    assert colours(searcher.find(Request("something red", k=10)), truth) == {"red"}
    assert colours(searcher.find(Request("-red -blue", k=10)), truth) == {"green"}
    pool = project.pool()
    blue = next(row for row, path in enumerate(pool.paths) if truth[path] == "blue")
    like = (pool.ids[blue],)
    found = searcher.find(Request(like=like, k=9))
    assert colours(found, truth) == {"blue"}
    assert pool.ids[blue] not in {result.id for result in found.results}
    both = searcher.find(Request("red", like=like, k=20))
    assert {"red", "blue"} <= colours(both, truth)
    assert "green" not in {truth[r.path] for r in both.results[:15]}
    assert [r.score for r in found.results] == sorted(
        (r.score for r in found.results), reverse=True
    )
    assert (found.kind, found.recall, found.searched) == ("exact", 1.0, 29)


def test_more_like_these_and_not_like_those(coloured) -> None:
    project, truth = coloured
    ids = {colour: [i for i, p in zip(project.pool().ids, project.pool().paths, strict=True)
                    if truth[p] == colour] for colour in ("red", "green", "blue")}  # fmt: skip
    like, unlike = (ids["red"][0], ids["green"][0]), (ids["green"][1],)
    found = project.searcher().find(Request(like=like, unlike=unlike, k=9))
    assert colours(found, truth) == {"red"}
    assert not {r.id for r in found.results} & {*like, *unlike}


def test_an_upload_equals_its_copy_in_the_collection(coloured, tmp_path: Path) -> None:
    project, truth = coloured
    path = next(iter(truth))
    outside = tmp_path / "upload.jpg"
    shutil.copy2(project.workspace.images / path, outside)
    vector = encode_file(project.encoder, outside)
    found = project.searcher().find(Request(vectors=(vector,), k=3))
    assert found.results[0].path == path
    assert found.results[0].score == pytest.approx(1, abs=1e-3)


def test_filters_scores_and_labels(coloured) -> None:
    project, truth = coloured
    searcher = project.searcher()
    pool = project.pool()
    project.labels.add([Event(i, "mine") for i in pool.ids[:4]], "me", "test")
    found = searcher.find(Request("red", where=("label=mine",), k=50))
    assert {r.id for r in found.results} == set(pool.ids[:4])
    assert found.searched == 4
    assert len(searcher.find(Request("red", where=("path^=p000",), k=50)).results) == 10
    assert searcher.find(Request("red", where=("width>9000",))).results == []
    scores = [r.score for r in searcher.find(Request("red", k=50)).results]
    cut = searcher.find(Request("red", k=50, min_score=scores[5]))
    assert len(cut.results) == 6
    with pytest.raises(WinnowError, match="classes that a filter asks for"):
        searcher.find(Request("red", where=("class=red",)))
    project.save_vocabulary(from_names(["red", "green", "blue"]))
    found = searcher.find(Request("green", where=("class=red", "confidence>=0.5"), k=50))
    assert colours(found, truth) == {"red"}


def test_copies_in_another_folder_are_found_under_the_name_the_filter_wants(
    coloured, tmp_path: Path
) -> None:
    project, truth = coloured
    folder = project.workspace.images
    path = next(iter(truth))
    (folder / "z").mkdir()
    shutil.copy2(folder / path, folder / "z" / "copy.jpg")
    embed(project.workspace, project.encoder)
    found = project.searcher().find(Request(truth[path], where=("path^=z/",)))
    assert [r.path for r in found.results] == ["z/copy.jpg"]


def test_what_cannot_be_searched_is_said(coloured, tmp_path: Path) -> None:
    project, _ = coloured
    searcher = project.searcher()
    for request, said in [
        (Request(), "nothing to search for"),
        (Request("  "), "nothing to search for"),
        (Request("red -red"), "cancel out"),
        (Request(like=("0" * 32,)), "not among the images"),
        (Request("red", where=("colour=red",)), "names no column"),
    ]:
        with pytest.raises(WinnowError, match=said):
            searcher.find(request)
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(WinnowError, match="cannot be used"):
        searcher.examples([tmp_path / "text.jpg"])
    with pytest.raises(WinnowError, match="neither a file nor an image"):
        searcher.examples([tmp_path / "nowhere.jpg"])


def test_a_large_collection_is_searched_in_its_files_and_by_its_index(
    coloured, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, truth = coloured
    plain = project.searcher().find(Request("red +0.2*blue", k=12))
    monkeypatch.setattr(collections, "EXACT_BELOW", 10)
    searcher = Searcher(project, exact_below=10)
    mapped = searcher.find(Request("red +0.2*blue", k=12))
    assert "an index would answer sooner" in mapped.note
    assert {r.id for r in mapped.results} == {r.id for r in plain.results}
    assert [r.score for r in mapped.results] == pytest.approx(
        [r.score for r in plain.results], abs=1e-5
    )
    searcher.build_index(Report())
    found = searcher.find(Request("red", k=5))
    assert found.kind == "index"
    assert f"{found.recall:.0%}" in found.note
    assert colours(found, truth) == {"red"}
    assert searcher.find(Request("red", k=5, method="exact")).kind == "exact"
    assert Searcher(project, exact_below=10).collection.index is not None


def test_centred_scores_are_those_of_zero_shot(project: Project) -> None:
    text = "a photo of a planet"
    found = project.searcher().find(Request(f'"{text}"', k=100))
    zero = project.text_scores([text])[:, 0]
    rows = [project.pool().rows[r.id] for r in found.results]
    assert [r.score for r in found.results] == pytest.approx(zero[rows].tolist(), abs=1e-4)
    assert rows == np.argsort(-zero, kind="stable")[:100].tolist()


# -- captions ------------------------------------------------------------------------------------


def scores_of(project: Project, captions: list[tuple[str, str]]) -> CaptionScores:
    found = matched(project, captions)
    return evaluate_retrieval(project.pool(), project.encoder, found.rows, len(found.missing))


def test_captions_of_colours_are_found(coloured) -> None:
    project, truth = coloured
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,text\na,b\n", "no column named caption"),
        ("path,caption\n", "no rows"),
        ("path,caption\na.jpg,\n", "line 2"),
        ('path,caption\na.jpg,"b\n', "cannot be read"),
    ],
)
def test_bad_captions_are_said(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "c.csv").write_text(text)
    with pytest.raises(WinnowError, match=said):
        read_captions(tmp_path / "c.csv")


# -- the commands --------------------------------------------------------------------------------


@pytest.fixture
def winnow(starter: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """A command with the session's starter: exit code, stdout and stderr."""
    real = registry.load_encoder

    def load(spec: str, *arguments: Any, **options: Any) -> Any:
        return starter if spec == "starter" else real(spec, *arguments, **options)

    monkeypatch.setattr(registry, "load_encoder", load)

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            cli.main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        else:
            code = 0
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_search_has_the_keys_of_the_contract(winnow, sample: Path, embedded: Path) -> None:
    code, out, _ = winnow(
        "search", sample, "--text", "a planet", "-k", "7", "--json", "--workspace", embedded
    )
    assert code == 0
    found = json.loads(out)
    assert [set(result) for result in found["results"]] == [{"path", "score", "id"}] * 7
    assert (found["index"], found["searched"]) == ("exact", 60)
    first = found["results"][0]
    assert (sample / first["path"]).is_file()
    code, out, _ = winnow(
        "search", sample, "--image", first["path"], "--not", "a drawing +x", "--json",
        "--where", f"path^={first['path'].split('/')[0]}/", "--workspace", embedded,
    )  # fmt: skip
    assert code == 0
    assert first["path"] not in {result["path"] for result in json.loads(out)["results"]}
    code, out, err = winnow(
        "search", sample, "--image", sample / first["path"], "--index", "build",
        "--workspace", embedded,
    )  # fmt: skip
    assert "need no index" in err
    assert out.startswith("path")
    code, out, _ = winnow(
        "search", sample, "--where", "width>0", "-k", "3", "--json", "--workspace", embedded
    )
    assert [r["score"] for r in json.loads(out)["results"]] == [None] * 3
    assert (json.loads(out)["index"], json.loads(out)["searched"]) == ("filter", 60)


def test_search_refuses_in_one_sentence(winnow, sample: Path, embedded: Path) -> None:
    ws = ("--workspace", embedded)
    for arguments, said in [
        ((), "nothing to search for"),
        (("--text", "a +"), "no text"),
        (("--image", "nowhere.jpg"), "neither a file"),
        (("--text", "a", "--where", "size"), "not understood"),
    ]:
        code, out, err = winnow("search", sample, *arguments, *ws)
        assert (code, out) == (2, "")
        assert said in err
        assert len(err.strip().splitlines()) == 1


def test_evaluate_retrieval_of_the_sample(
    winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    code, out, err = winnow(
        "evaluate-retrieval", sample, "--captions", SAMPLE / "captions.csv",
        "--workspace", embedded, "--model", "starter", "--json",
    )  # fmt: skip
    assert code == 0
    result = json.loads(out)
    assert "captions belong to no usable image" in err
    assert result["models"][0]["model"] == "starter"
    assert result["images"] == 60
    for way in ("text_to_image", "image_to_text"):
        figures = result[way]
        assert figures["recall@1"] <= figures["recall@5"] <= figures["recall@10"]
        assert figures["recall@10_low"] < figures["recall@10"] < figures["recall@10_high"]
        assert figures["mrr"] > 3 * np.mean(1 / np.arange(1, 61)), "far better than chance"
    shutil.copytree(embedded, tmp_path / "ws")
    ws = ("--workspace", tmp_path / "ws")
    code, out, err = winnow("evaluate-retrieval", sample, *ws)
    assert code == 2 and "The workspace has no captions" in err
    project = Project.open(sample, tmp_path / "ws")
    import_captions(project, read_captions(SAMPLE / "captions.csv"))
    code, out, _ = winnow("evaluate-retrieval", sample, *ws, "--json")
    assert json.loads(out)["image_to_text"] == result["image_to_text"], "kept captions serve too"
    code, out, _ = winnow("evaluate-retrieval", sample, *ws)
    assert "starter, text → image" in out
