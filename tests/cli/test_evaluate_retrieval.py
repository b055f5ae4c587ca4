"""``winnow evaluate-retrieval``: figures of the sample, from a file and from kept captions."""

from __future__ import annotations

import shutil
from pathlib import Path

import banded
import numpy as np
from cli.outcomes import Winnow
from conftest import SAMPLE
from encoders.conftest import save_tiny

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


def test_two_encoders_are_judged_together(winnow: Winnow, tmp_path: Path) -> None:
    table = banded.write(tmp_path / "pictures", 120)
    specs = []
    for seed in (0, 1):
        save_tiny(tmp_path / f"tiny-{seed}", seed)
        specs.append(f"local:{tmp_path / f'tiny-{seed}'}")
    call = ("evaluate-retrieval", tmp_path / "pictures", "--captions", table, "--workspace",
             tmp_path / "ws", "--model", specs[0])  # fmt: skip
    outcome = winnow(*call, "--blend")
    assert outcome.code == 2 and "--blend takes two encoders" in outcome.err
    content = winnow(*call, "--model", specs[1], "--blend", "--json").json
    assert [each["model"] for each in content["models"]] == specs
    both = content["blend"]
    assert (both["first"], both["second"]) == tuple(specs) and 0 <= both["share"] <= 1
    for part in ("baseline", "blend", "delta"):
        assert set(both[part]) == {"text_to_image", "image_to_text"}
    outcome = winnow(*call, "--model", specs[1], "--blend")
    assert "judged on the half of the captions that did not choose it" in outcome.out
    content = winnow(*call, "--model", specs[1], "--rerank", "--json").json
    assert "blend" not in content and content["rerank"]["found"] == 100
    for part in ("baseline", "reranked", "delta"):
        assert set(content["rerank"][part]) == {"text_to_image", "image_to_text"}
    outcome = winnow(*call, "--model", specs[1], "--rerank")
    assert f"put in order by {specs[1]}" in outcome.out
    outcome = winnow(*call, "--rerank")
    assert outcome.code == 2 and "--rerank takes two encoders" in outcome.err
    assert not {"blend", "rerank"} & set(winnow(*call, "--json").json)
