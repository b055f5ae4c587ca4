"""No path of very many images lays out more than some blocks, beside a few numbers an image."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import scipy.optimize
import sklearn.cluster  # both imported when they are needed, which would count
from colours import ColourEncoder

from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.services.label.queue import Asking, next_images
from core.services.predict.predicting import predict
from core.services.predict.zero_shot import zero_shot
from core.services.prompts.sampling import sampled
from core.services.prompts.workbench import bench
from core.store.catalog import SCHEMA, write_catalog
from core.store.labels.base import Event
from core.store.vectors import RECORD
from core.store.workspace import EncoderRecord

COUNT, MB = 200_001, 1_000_000
LOADED = (scipy.optimize, sklearn.cluster)
WORDS = Vocabulary.of({"red": ["a red thing"], "green": ["green"], "blue": ["blue"]})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of 200,001 images that nobody has."""
    folder = tmp_path_factory.mktemp("many")
    (folder / "images").mkdir()
    project = Project.open(folder / "images", folder / "ws")
    encoder = ColourEncoder()
    workspace = project.workspace.with_encoder(
        EncoderRecord("colours", encoder.identity, encoder.dim)
    )
    rng = np.random.default_rng(0)
    vectors = rng.random((COUNT, encoder.dim), dtype=np.float32) ** 4
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    half = vectors.astype("<f2")
    raw = np.arange(1, COUNT + 1, dtype=">u8").tobytes()
    ids = [bytes(8) + raw[at : at + 8] for at in range(0, len(raw), 8)]
    records = np.array(
        [(i, zlib.crc32(row.tobytes())) for i, row in zip(ids, half, strict=True)], dtype=RECORD
    )
    store = workspace.vectors(encoder.identity)
    (store / "meta.json").write_text(f'{{"dim": {encoder.dim}, "dtype": "float16", "format": 1}}')
    half.tofile(store / "00000.f16")
    records.tofile(store / "00000.idx")
    frame = pl.DataFrame(
        {"path": [f"{n:06d}.jpg" for n in range(COUNT)], "id": [i.hex() for i in ids]}
    ).with_columns(pl.lit(1).alias("size"), pl.lit(1).alias("mtime_ns"))
    missing = [
        pl.lit(None, dtype).alias(n) for n, dtype in SCHEMA.items() if n not in frame.columns
    ]
    frame = frame.with_columns(missing).select(
        pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
    )
    write_catalog(workspace.catalog, frame)
    return folder


def peak(act: Callable[[], Any]) -> tuple[Any, float]:
    """What an action gives, and the most MB that Python and NumPy had for it at once."""
    tracemalloc.start()
    try:
        result = act()
        return result, tracemalloc.get_traced_memory()[1] / MB
    finally:
        tracemalloc.stop()


def test_opening_scoring_learning_and_asking_take_blocks(root: Path) -> None:
    whole = COUNT * ColourEncoder().dim * 4 / MB  # a copy of the vectors: 38 MB
    project = Project.open(root / "images", root / "ws").use(ColourEncoder())
    project.collection.behind = True
    pool, used = peak(project.pool)
    assert len(pool) == COUNT and used < 60  # an object an image takes twice as much
    snapshot = project.snapshot(WORDS)
    events = [Event(pool.ids[row], WORDS.names[row % 3]) for row in range(0, COUNT, 5_000)]
    project.labels.add(events, "ann", "test")
    snapshot = project.snapshot(WORDS)
    _, used = peak(lambda: zero_shot(snapshot))
    assert used < whole / 2
    _, used = peak(lambda: bench(sampled(snapshot)))
    assert used < whole
    predictions, used = peak(lambda: predict(snapshot))
    assert used < 2 * whole  # three classes: some arrays of N x 3, none of N x D
    batch, used = peak(lambda: next_images(snapshot, predictions, [], Asking("uherding", 48, 0)))
    assert len(batch.rows) == 48 and used < 2 * whole  # the square of 2,000 images, of any number
    assert "vectors" not in vars(snapshot.pool)
