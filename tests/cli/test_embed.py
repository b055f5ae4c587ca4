"""``winnow embed``: what it counts, and what it says of its encoder."""

from __future__ import annotations

from pathlib import Path

from cli.outcomes import Winnow


def test_embed_says_what_it_did(winnow: Winnow, sample: Path, tmp_path: Path) -> None:
    first = winnow("embed", sample, "--workspace", tmp_path / "ws", "--json")
    assert first.code == 0
    wanted = {"images", "embedded", "reused", "rejected", "seconds", "images_per_second", "device"}
    assert wanted | {"model"} <= set(first.json)
    assert (first.json["images"], first.json["embedded"], first.json["reused"]) == (60, 60, 0)
    assert first.json["model"] == "starter"
    second = winnow("embed", sample, "--workspace", tmp_path / "ws", "--json", "--quiet")
    assert (second.json["embedded"], second.json["reused"]) == (0, 60)
    assert second.err == ""


def test_the_first_run_says_that_it_uses_the_starter(
    winnow: Winnow, sample: Path, tmp_path: Path
) -> None:
    outcome = winnow("embed", sample, "--workspace", tmp_path / "ws")
    assert "offline starter model" in outcome.err
    assert "60 images" in outcome.out
