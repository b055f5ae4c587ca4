"""Embedding from a bucket: the same as from disk, whatever dies on the way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from buckets import BUCKET, S3, SECRET, s3
from colours import ColourEncoder, write_pictures

from core.embedding.engines.threads import Threads
from core.embedding.run import EmbedResult, already_embedded, embed
from core.images.sources import places, retrying
from core.images.sources.base import SourceGone
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.store.catalog import read_catalog
from core.store.vectors import VectorStore
from core.store.workspace import Workspace, load, open_workspace

COUNT = 40


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    write_pictures(tmp_path / "there" / "photos", COUNT)
    with s3(tmp_path / "there", monkeypatch) as running:
        yield running


def opened(address: str = f"s3://{BUCKET}/photos") -> Workspace:
    return open_workspace(places.folder_for(address))


def run(workspace: Workspace, encoder: ColourEncoder, **options: Any) -> EmbedResult:
    return embed(load(workspace.root), encoder, **options)


def vectors(workspace: Workspace) -> np.ndarray:
    workspace = load(workspace.root)
    assert workspace.encoder is not None
    store = VectorStore.peek(workspace.vectors(workspace.encoder.identity))
    rows = read_catalog(workspace.catalog).filter(pl.col("problem").is_null()).sort("path")
    assert len(store.ids) == len(set(store.ids)) == rows["id"].n_unique()  # nothing twice
    return store.get(rows["id"].to_list())


def test_a_bucket_gives_what_the_folder_gives(server: S3, tmp_path: Path) -> None:
    names = ["b/.hidden.jpg", "b/ä #%20?.jpg", "b/notes.txt", ".trash/x.jpg", "b/broken.png"]
    first = next((tmp_path / "there" / "photos").iterdir()).read_bytes()
    for name in names:
        path = tmp_path / "there" / "photos" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"no picture" if name.endswith("png") else first)
    server.kill()
    server.start()
    there, here = opened(), open_workspace(tmp_path / "there" / "photos")
    from_bucket, from_disk = run(there, ColourEncoder()), run(here, ColourEncoder())
    assert from_bucket.rejected == from_disk.rejected
    assert from_bucket.left_out.as_json() == from_disk.left_out.as_json()
    same = [read_catalog(w.catalog).drop("mtime_ns").sort("path") for w in (there, here)]
    assert same[0].equals(same[1])
    assert (vectors(there) == vectors(here)).all()
    assert there.root.name.startswith(f"{BUCKET}-photos-")


def test_only_what_has_another_content_is_read_again(server: S3) -> None:
    workspace, encoder = opened(), ColourEncoder()
    assert run(workspace, encoder).embedded == COUNT
    rows = read_catalog(workspace.catalog)
    name, other = rows["path"][0], rows["path"][1]
    folder = server.folder / "photos"
    server.put(f"photos/{name}", (folder / name).read_bytes())  # a new date, the same content
    assert load(workspace.root).encoder is not None
    assert already_embedded(load(workspace.root), encoder.identity, Report()) is not None
    server.put(f"photos/{name}", (folder / other).read_bytes()[:-1])
    server.delete(f"photos/{other}")
    result = run(workspace, encoder)
    assert (result.images, result.embedded) == (COUNT - 1, 1)


def test_a_server_that_comes_back_is_waited_for(server: S3) -> None:
    """It dies in the middle and is back a moment later: the same run goes on to the end."""
    told: list[str] = []

    class Dying(ColourEncoder):
        lanes = 1

        def encode_images(self, pixels: np.ndarray) -> np.ndarray:
            if self.encoded == 0:
                server.kill()
                threading.Timer(1.0, server.start).start()
            return super().encode_images(pixels)

    class Listening(Report):
        def step(self, *words: Any) -> None:
            told.append(str(words[-1]))

    encoder = Dying()
    # A few at a time, so that most are still to be fetched when it dies.
    result = run(opened(), encoder, report=Listening(), batch_size=2, engine=Threads(1))
    assert (result.images, encoder.encoded) == (COUNT, COUNT)
    assert any(f"s3://{BUCKET}/photos does not answer, try" in note for note in told)


def test_a_server_that_stays_away_costs_nothing_that_was_done(
    server: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "TRIES", 2)

    class Dying(ColourEncoder):
        lanes = 1

        def encode_images(self, pixels: np.ndarray) -> np.ndarray:
            if self.encoded == 4:
                server.kill()
            return super().encode_images(pixels)

    workspace, first, second = opened(), Dying(), ColourEncoder()
    with pytest.raises(SourceGone, match="cannot be reached"):
        run(workspace, first, batch_size=2, engine=Threads(1))
    done = read_catalog(workspace.catalog)
    assert first.encoded <= COUNT and done["problem"].is_null().all()
    server.start()
    result = run(workspace, second)
    assert (result.images, result.rejected) == (COUNT, [])
    assert second.encoded == COUNT - len(done) < COUNT
    assert len(vectors(workspace)) == COUNT


def test_our_own_death_loses_nothing_and_does_nothing_twice(server: S3, home: Path) -> None:
    command = [sys.executable, "-c", "from core.cli import main; main()"]
    command += ["embed", f"s3://{BUCKET}/photos", "--batch-size", "1", "--quiet"]
    for _ in range(2):
        process = subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": "1"})
        until = time.monotonic() + 120
        while time.monotonic() < until and process.poll() is None and not _begun():
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert subprocess.run([*command, "--strict"], check=False).returncode == 0
    assert len(vectors(opened())) == COUNT


def _begun() -> bool:
    folder = places.home().with_name("workspaces")
    return any(path.stat().st_size for path in folder.glob(f"{BUCKET}-*/vectors/*/*.idx"))


def test_nothing_secret_is_stored(server: S3, home: Path) -> None:
    folder = places.folder_for(f"s3://someone:{SECRET}@{BUCKET}/photos")
    run(open_workspace(folder), ColourEncoder())
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files and not any(SECRET.encode() in path.read_bytes() for path in files)
    with pytest.raises(WinnowError, match="holds a signature"):
        places.folder_for(f"https://example.org/list.csv?X-Amz-Signature={SECRET}")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("s3://nobody-has-this/x", "There is no bucket s3://nobody-has-this"),
        (f"s3://{BUCKET}/empty", f"s3://{BUCKET}/empty is empty"),
    ],
)
def test_what_is_not_there_is_said(server: S3, address: str, sentence: str) -> None:
    with pytest.raises(WinnowError, match=sentence):
        run(opened(address), ColourEncoder())


def test_a_missing_client_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    for address, extra in {"s3://b-1": "s3", "gs://b-1": "gcs", "az://b-1": "azure"}.items():
        workspace = opened(address)
        with pytest.raises(WinnowError, match=rf"pip install 'winnow\[{extra}\]'"):
            run(workspace, ColourEncoder())
        shutil.rmtree(workspace.root)


def test_a_limited_server_uses_only_addresses_that_were_named(server: S3, tmp_path: Path) -> None:
    workspace = opened()
    run(workspace, ColourEncoder())
    try:
        roots.limit_to([tmp_path], [places.home().parent], [f"s3://{BUCKET}/photos"])
        assert opened() == load(workspace.root)
        for address in (f"s3://{BUCKET}", f"s3://{BUCKET}/photos2", "s3://other/photos"):
            with pytest.raises(WinnowError, match="none of the addresses"):
                opened(address)
        roots.limit_to([tmp_path], [places.home().parent])
        with pytest.raises(WinnowError, match="none of the addresses"):
            run(workspace, ColourEncoder())
    finally:
        roots.lift()
