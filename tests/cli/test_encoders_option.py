"""``--encoders``: several encoders vote, or one sentence says why they cannot."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from cli.outcomes import Winnow
from colours import ColourEncoder

from core.embedding.run import embed
from core.encoders.base import Encoder
from core.export.record.run import load_manifest
from core.project.project import Project
from core.store.csv_tables import read_labels, write_labels


class Sees(ColourEncoder):
    """The colours, and a spec of its own."""

    spec = "colours"


@pytest.fixture
def workspace(sample: Path, embedded: Path, starter: Encoder, tmp_path: Path) -> Path:
    """A workspace with vectors of two encoders, the starter active."""
    root = shutil.copytree(embedded, tmp_path / "workspace")
    for encoder in (Sees(), starter):
        embed(Project.open(sample, root).workspace, encoder)
    return root


@pytest.fixture
def labels(sample: Path, tmp_path: Path) -> Path:
    """True labels of 45 of the 60 images."""
    file, truth = tmp_path / "labels.csv", sorted(read_labels(sample / "truth.csv").items())
    some = np.random.default_rng(0).permutation(len(truth))[:45]
    write_labels(file, [(*truth[row], "", "", "") for row in some])
    return file


@pytest.fixture
def asked(sample: Path, workspace: Path) -> list[object]:
    return ["--prompts", sample / "prompts.yaml", "--workspace", workspace, "--json"]


def test_evaluate_says_who_voted_and_what_it_gained(
    winnow: Winnow, sample: Path, asked: list[object], labels: Path
) -> None:
    shared = ("evaluate", sample, "--truth", sample / "truth.csv", *asked, "--labels", labels)
    alone = winnow(*shared).json
    assert "encoders" not in alone
    outcome = winnow(*shared, "--encoders", "starter,colours")
    assert outcome.code == 0, outcome.err
    vote = outcome.json["encoders"]
    assert vote["used"] == ["starter", "colours"]
    assert set(vote["votes"]) == {"starter", "colours"}
    assert sum(vote["votes"].values()) == pytest.approx(1.0, abs=1e-5)
    assert vote["gain"]["n"] == 45 and vote["gain"]["low"] <= vote["gain"]["high"]
    auto = winnow(*shared, "--encoders", "auto").json
    better = vote["gain"]["low"] > 0
    assert auto["encoders"]["used"] == (["starter", "colours"] if better else [])
    same = winnow(*shared, "--encoders", "none").json
    assert same["accuracy"] == alone["accuracy"] and same["confusion"] == alone["confusion"]


def test_an_encoder_without_vectors_is_one_sentence(
    winnow: Winnow, sample: Path, asked: list[object], labels: Path
) -> None:
    outcome = winnow(
        "evaluate", sample, "--truth", sample / "truth.csv", *asked, "--encoders", "RN50"
    )
    assert outcome.code != 0
    assert "RN50 has no vectors of these images: make them with winnow embed" in outcome.err


def test_simulate_plays_a_vote_and_names_it(
    winnow: Winnow, sample: Path, asked: list[object]
) -> None:
    shared = ("simulate", sample, "--truth", sample / "truth.csv", *asked)
    played = winnow(*shared, "--budgets", "20", "--seeds", 1, "--encoders", "colours")
    assert played.code == 0, played.err
    assert played.json["settings"]["encoders"] == ["colours"]
    refused = winnow(*shared, "--encoders", "auto")
    assert refused.code != 0 and "--encoders none" in refused.err
    refused = winnow(*shared, "--model-kind", "lr", "--encoders", "colours")
    assert refused.code != 0 and "--model-kind" in refused.err


def test_a_run_records_the_vote_and_is_replayed(
    winnow: Winnow, sample: Path, asked: list[object], labels: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    ran = winnow("run", sample, out, *asked, "--labels", labels, "--encoders", "colours")
    assert ran.code == 0, ran.err
    assert ran.json["encoders"]["used"] == ["colours"]
    votes = load_manifest(out)["options"]["encoders"]
    assert set(votes) == {"starter", "colours"}
    workspace = asked[asked.index("--workspace") + 1]
    replayed = winnow("replay", out, "--workspace", workspace, "--json")
    assert replayed.code == 0, replayed.err
    assert replayed.json["same"] is True
