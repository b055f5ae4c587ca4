"""`--engine`, `--ray-address` and `--gpus`: what contradicts itself is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.outcomes import Winnow, refused


@pytest.mark.parametrize("option", [["--gpus", "1"], ["--ray-address", "auto"]])
def test_options_of_a_cluster_want_the_engine(
    winnow: Winnow, sample: Path, option: list[str]
) -> None:
    refused(winnow("embed", sample, *option), "add --engine ray")


def test_the_device_is_the_clusters(winnow: Winnow, sample: Path) -> None:
    refused(winnow("embed", sample, "--engine", "ray", "--device", "cuda"), "with --gpus")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "name a folder or an address with --out"),
        (["--out", "x", "--csv-safe", "--folders", "y"], "leave out --folders, --csv-safe"),
    ],
)
def test_what_a_cluster_does_not_write(
    winnow: Winnow, sample: Path, tmp_path: Path, words: list[str], part: str
) -> None:
    command = ["classify", sample, "--with", tmp_path / "a.winnow", "--engine", "ray"]
    refused(winnow(*command, *words), part)


def test_an_address_for_the_table_wants_the_engine(
    winnow: Winnow, sample: Path, tmp_path: Path
) -> None:
    words = ["--with", tmp_path / "a.winnow", "--out", "s3://bucket/all"]
    refused(winnow("classify", sample, *words), "is an address", "add --engine ray")
