"""``winnow models``: the encoders, the starter first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from adapters import random_adapter
from cli.outcomes import Winnow, refused

from core.encoders.base import unit_rows
from core.encoders.tuned import files
from core.encoders.tuned.files import Header


def test_models_lists_the_starter_first(winnow: Winnow) -> None:
    models = winnow("models", "--json").json["models"]
    assert models[0]["spec"] == "starter"
    assert models[0]["cached"] is True
    assert all(m["download_bytes"] > 10**8 for m in models[1:])
    assert "starter" in winnow("models").out


def test_a_tuned_encoder_is_handed_on_by_its_file(winnow: Winnow, tmp_path: Path) -> None:
    images = unit_rows(np.random.default_rng(0).normal(size=(60, 12)) + 2)
    learned = random_adapter(images)
    files.save(learned, Header(files.path_of("mine"), "starter", "starter-0", "S", learned.dim))
    given = files.path_of("mine").rename(tmp_path / "theirs.safetensors")
    listed = winnow("models", "--add", str(given), "--json").json["models"]
    assert listed[0]["spec"] == "tuned:theirs"
    assert given.exists()
    left = winnow("models", "--remove", "theirs", "--json").json["models"]
    assert left[0]["spec"] == "starter"
    refused(winnow("models", "--add", str(tmp_path / "x.pt")), "x.pt is no tuned encoder")
