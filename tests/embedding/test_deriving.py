"""Vectors of a tuned encoder come from those of its base; only new images are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from adapters import random_adapter
from colours import write_pictures
from encoders.conftest import save_tiny

from core.embedding.run import embed
from core.encoders.registry import load_encoder
from core.encoders.tuned import files
from core.encoders.tuned.files import Header
from core.project.pool import load_pool
from core.store.workspace import load, open_workspace


def test_only_new_images_are_read(tmp_path: Path) -> None:
    save_tiny(tmp_path / "tiny")
    write_pictures(tmp_path / "images", 30)
    workspace = open_workspace(tmp_path / "images", tmp_path / "ws")
    base = load_encoder(f"local:{tmp_path / 'tiny'}", "cpu")
    embed(workspace, base)
    images = load_pool(load(workspace.root)).vectors
    adapter = random_adapter(images)
    path = tmp_path / "shared.safetensors"
    files.save(adapter, Header(path, base.spec, base.identity, base.title, adapter.dim))

    tuned = load_encoder(f"tuned:{path}", "cpu")
    result = embed(load(workspace.root), tuned)
    assert (result.images, result.embedded, result.reused) == (30, 0, 30)
    pool = load_pool(load(workspace.root))
    assert (pool.identity, len(pool)) == (tuned.identity, 30)
    stored = pool.vectors.copy()

    (tmp_path / "images" / "new.jpg").write_bytes((tmp_path / "images" / "p0003.jpg").read_bytes())
    write_pictures(tmp_path / "images", 31, seed=4)
    again = embed(load(workspace.root), tuned)
    assert again.embedded == again.images - 1, "all but the copy have new contents"
    # Read anew by the tuned encoder, pictures get the vectors that were derived: but for the last
    # bit, since PyTorch's sums depend on the batch that a picture shares.
    fresh = open_workspace(tmp_path / "images", tmp_path / "other")
    write_pictures(tmp_path / "images", 30)
    embed(fresh, tuned)
    read = load_pool(load(fresh.root))
    rows = [read.rows[image_id] for image_id in pool.ids]
    np.testing.assert_allclose(read.vectors[rows], stored, atol=2**-10)
