"""``winnow evaluate-retrieval``: figures of the sample, from a file and from kept captions."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from cli.outcomes import Winnow
from conftest import SAMPLE

from core.project.project import Project
from core.services.data.caption_import import import_captions
from core.store.csv_tables import read_captions


def test_evaluate_retrieval_of_the_sample(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    outcome = winnow(
        "evaluate-retrieval", sample, "--captions", SAMPLE / "captions.csv",
        "--workspace", embedded, "--model", "starter", "--json",
    )  # fmt: skip
    assert outcome.code == 0
    result = outcome.json
    assert "captions belong to no usable image" in outcome.err
    assert result["models"][0]["model"] == "starter"
    assert result["images"] == 60
    for way in ("text_to_image", "image_to_text"):
        figures = result[way]
        assert figures["recall@1"] <= figures["recall@5"] <= figures["recall@10"]
        assert figures["recall@10_low"] < figures["recall@10"] < figures["recall@10_high"]
        assert figures["mrr"] > 3 * np.mean(1 / np.arange(1, 61)), "far better than chance"
    shutil.copytree(embedded, tmp_path / "ws")
    ws = ("--workspace", tmp_path / "ws")
    outcome = winnow("evaluate-retrieval", sample, *ws)
    assert outcome.code == 2 and "The workspace has no captions" in outcome.err
    project = Project.open(sample, tmp_path / "ws")
    import_captions(project.snapshot(), read_captions(SAMPLE / "captions.csv"))
    outcome = winnow("evaluate-retrieval", sample, *ws, "--json")
    assert outcome.json["image_to_text"] == result["image_to_text"], "kept captions serve too"
    outcome = winnow("evaluate-retrieval", sample, *ws)
    assert "starter, text → image" in outcome.out
