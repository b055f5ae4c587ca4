"""``winnow search``: its contract, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.outcomes import Winnow, refused

from core.prompts.vocabulary import read


def test_search_has_the_keys_of_the_contract(winnow: Winnow, sample: Path, embedded: Path) -> None:
    ws = ("--workspace", embedded)
    outcome = winnow("search", sample, "--text", "a planet", "-k", "7", "--json", *ws)
    assert outcome.code == 0
    found = outcome.json
    keys = {"path", "score", "id", "predicted", "probability"}
    assert [set(result) for result in found["results"]] == [keys] * 7
    assert (found["index"], found["searched"]) == ("exact", 60)
    first = found["results"][0]
    assert (sample / first["path"]).is_file()
    bare = winnow("search", sample, "--text", "a planet", "--no-predictions", "--json", *ws).json
    ids = [result["id"] for result in found["results"]]
    assert [result["id"] for result in bare["results"][:7]] == ids
    assert {result["predicted"] for result in bare["results"]} == {None}
    assert first["predicted"] in read(sample / "prompts.yaml").names
    assert 0 < first["probability"] <= 1
    outcome = winnow(
        "search", sample, "--image", first["path"], "--not", "a drawing +x", "--json",
        "--where", f"path^={first['path'].split('/')[0]}/", *ws,
    )  # fmt: skip
    assert outcome.code == 0
    assert first["path"] not in {result["path"] for result in outcome.json["results"]}
    outcome = winnow("search", sample, "--image", sample / first["path"], "--index", "build", *ws)
    assert "need no index" in outcome.err
    assert outcome.out.split("\n")[0].split() == ["path", "score", "predicted", "probability"]
    listed = winnow("search", sample, "--where", "width>0", "-k", "3", "--json", *ws).json
    assert [r["score"] for r in listed["results"]] == [None] * 3
    assert (listed["index"], listed["searched"]) == ("filter", 60)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to search for"),
        (("--text", "a +"), "no text"),
        (("--image", "nowhere.jpg"), "neither a file"),
        (("--text", "a", "--where", "size"), "not understood"),
    ],
)
def test_search_refuses_in_one_sentence(
    winnow: Winnow, sample: Path, embedded: Path, arguments: tuple[str, ...], said: str
) -> None:
    refused(winnow("search", sample, *arguments, "--workspace", embedded), said)


def test_a_damaged_vocabulary_file_hinders_only_who_asks_for_classes(
    winnow: Winnow, sample: Path, project
) -> None:
    project.workspace.vocabulary.write_text("classes: [")
    ws = ("--workspace", project.workspace.root)
    plain = winnow("search", sample, "--text", "a planet", *ws, "--json")
    assert plain.code == 0
    assert {result["predicted"] for result in plain.json["results"]} == {None}
    assert "Predicted classes are left out" in plain.err
    assert winnow("search", sample, "--text", "a planet", *ws).out.split()[:2] == ["path", "score"]
    asked = winnow("search", sample, "--text", "a planet", "--where", "class=x", *ws)
    refused(asked, str(project.workspace.vocabulary))
