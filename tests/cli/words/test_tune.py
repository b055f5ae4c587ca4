"""``winnow tune``: tables of pairs that are of no use, and how little the command leaves behind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli.outcomes import Winnow
from conftest import SAMPLE

from core.encoders.tuned import files
from core.store.workspace import load


def test_few_pairs_are_refused_in_a_sentence(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    shutil.copytree(embedded, tmp_path / "ws")
    before = load(tmp_path / "ws").encoder
    outcome = winnow(
        "tune", sample, "--pairs", SAMPLE / "captions.csv", "--workspace", tmp_path / "ws", "--json"
    )
    assert outcome.code == 2
    assert "it takes about 133 groups" in outcome.json["error"]
    assert load(tmp_path / "ws").encoder == before
    assert files.names() == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--words", "{title"), "has a brace without its partner"),
        (("--words", "{nothing}"), "There is no column 'nothing'"),
        (("--model", "tuned:gone"), "There is no tuned encoder gone"),
        (("--table", "table.txt"), "table.txt cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(
    winnow: Winnow, sample: Path, embedded: Path, options: tuple[str, str], sentence: str
) -> None:
    outcome = winnow(
        "tune", sample, "--pairs", SAMPLE / "captions.csv", "--workspace", embedded, *options
    )
    assert outcome.code == 2
    assert sentence in outcome.err


def test_models_removes_a_tuned_one(winnow: Winnow) -> None:
    outcome = winnow("models", "--remove", "tuned:gone")
    assert outcome.code == 2
    assert "There is no tuned encoder gone" in outcome.err
