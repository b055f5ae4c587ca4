"""Classifying on a Ray cluster: the tables of one machine, part by part, resumed and kept apart."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from buckets import BUCKET, S3, SECRET, forget
from clusters import cluster

from core.encoders.base import Encoder
from core.images.sources.places import folder_for
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.sorter.classifying import classified
from core.services.sorter.cluster import running
from core.services.sorter.cluster.running import Job, run
from core.services.sorter.making import make_sorter
from core.services.sorter.results import write_rejected, write_table
from core.sorter.model_file import read, write
from core.sorter.sorter import Sorter
from core.store.labels.base import Event
from core.store.workspace import load

PART = 16


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where an S3 server may be started: Ray's processes get their environment when they begin."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "tester")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{number}")
        yield number


@pytest.fixture(scope="module")
def ray(port: int) -> Iterator[None]:
    with cluster():
        yield


@pytest.fixture(scope="module")
def model_file(
    sample: Path, embedded: Path, starter: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A model of the sample's pictures, from labels that only have to be there."""
    folder = tmp_path_factory.mktemp("model")
    shutil.copytree(embedded, folder / "ws")
    project = Project(load(folder / "ws")).use(starter)
    snapshot = project.snapshot()
    labeled = [snapshot.pool.ids[row] for row in snapshot.audit_order[:30]]
    names = project.classes().names
    events = [Event(image, names[n % len(names)]) for n, image in enumerate(labeled)]
    project.labels.add(events, "ann", "test")
    write(make_sorter(project.snapshot(), "sample"), folder / "sample.winnow")
    return folder / "sample.winnow"


@pytest.fixture(scope="module")
def sorter(model_file: Path) -> Sorter:
    return read(model_file)


@pytest.fixture(scope="module")
def pictures(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's pictures, twice with another end, and two files of no use."""
    folder = tmp_path_factory.mktemp("cluster") / "pictures"
    for path in sorted(sample.rglob("*.jpg")):
        name = path.relative_to(sample).as_posix().replace("/", "-")
        for end in (b"", b"\0"):
            target = folder / f"{len(end)}" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes() + end)
    (folder / "0" / "=bad, really.jpg").write_bytes(b"no picture")
    (folder / "1" / "cut.jpg").write_bytes(next(sample.rglob("*.jpg")).read_bytes()[:300])
    return folder


@pytest.fixture(scope="module")
def whole(
    pictures: Path, sorter: Sorter, starter: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What one machine says: the table, and what it rejects."""
    folder = tmp_path_factory.mktemp("whole")
    out = folder / "all.parquet"
    with classified(pictures, sorter, starter, folder / "parts", part=PART) as done:
        write_table(done, out)
        listed = write_rejected(done, out)
    assert listed is not None
    return pl.read_parquet(out), pl.read_csv(listed)


def tables(out: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What a cluster wrote."""
    parts = [pl.read_parquet(path) for path in sorted(out.glob("part-*.parquet"))]
    return pl.concat(parts), pl.concat(map(pl.read_csv, sorted(out.glob("rejected-*.csv"))))


def same(one: tuple[pl.DataFrame, ...], other: tuple[pl.DataFrame, ...]) -> bool:
    return all(a.equals(b) and a.schema == b.schema for a, b in zip(one, other, strict=True))


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no cluster any more."""

    def refuse(*arguments: object) -> None:
        raise WinnowError("Nobody answers.")

    monkeypatch.setattr(running, "connected", refuse)


@pytest.fixture
def job(pictures: Path, sorter: Sorter, starter: Encoder, tmp_path: Path) -> Job:
    return Job(pictures, sorter, starter, tmp_path / "out", part=PART)


def test_the_tables_of_one_machine_bit_by_bit_and_again_at_once(
    ray: None,
    job: Job,
    whole: tuple[pl.DataFrame, pl.DataFrame],
    request: pytest.FixtureRequest,
) -> None:
    done = run(job, Report())
    assert same(tables(job.out), whole)
    counted, manifest = done.counted, json.loads((job.out / "manifest.json").read_text())
    assert (counted.classified, counted.rejected) == (len(whole[0]), len(whole[1]))
    assert counted.classes == dict.fromkeys(counted.classes, 0) | dict(
        whole[0].group_by("class").len().iter_rows()
    )
    assert manifest["classified"] == counted.classified and manifest["parts"] == done.parts
    before = {path.name: path.read_bytes() for path in job.out.iterdir()}
    request.getfixturevalue("nobody")
    again = run(job, Report())
    assert again.resumed == len(whole[0]) + len(whole[1])
    assert again.counted.classes == counted.classes
    assert sorted(again.counted.rejections) == sorted(counted.rejections)
    assert {path.name: path.read_bytes() for path in job.out.iterdir()} == before


def test_a_driver_that_is_killed_goes_on_where_it_was(
    ray: None,
    job: Job,
    model_file: Path,
    whole: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    repository = Path(__file__).parents[3]
    environment = os.environ | {"PYTHONPATH": f"{repository}:{repository / 'tests'}"}
    environment.pop("RAY_ADDRESS", None)
    words = [sys.executable, __file__, str(job.folder), str(model_file), str(job.out)]
    process = subprocess.Popen(words, env=environment)
    until = time.monotonic() + 120
    while not list(job.out.glob("part-*.parquet")):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert not (job.out / "manifest.json").exists()
    notes: list[str] = []
    done = run(job, Report(), notes.append)
    assert 0 < done.resumed < done.counted.classified and notes[0].startswith("An earlier run goes")
    assert same(tables(job.out), whole)


def test_from_a_bucket_into_a_bucket(
    ray: None, port: int, job: Job, whole: tuple[pl.DataFrame, pl.DataFrame], tmp_path: Path
) -> None:
    server = S3(job.folder)
    server.port, server.url = port, f"http://127.0.0.1:{port}"
    server.start()
    try:
        folder = folder_for(f"s3://{BUCKET}")
        out = Path(f"s3://{BUCKET}/predictions")
        with pytest.raises(WinnowError, match="lies in the image folder"):
            run(replace(job, folder=folder, out=out), Report())
        folder = folder_for(f"s3://{BUCKET}/0")
        done = run(replace(job, folder=folder, out=out), Report())
        assert done.out == f"s3://{BUCKET}/predictions"
        names = [n for n in server.names() if n.startswith("predictions/")]
        assert "predictions/manifest.json" in names and "predictions/part-000000.parquet" in names
        for name in names:
            target = tmp_path / "fetched" / Path(name).name
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(server.get(name))
        rows, rejected = tables(tmp_path / "fetched")
        first = whole[0].filter(pl.col("path").str.starts_with("0/"))
        assert rows["path"].to_list() == first["path"].str.slice(2).to_list()
        assert rows["id"].to_list() == first["id"].to_list()
        assert rows["class"].to_list() == first["class"].to_list()
        assert rejected["path"].to_list() == ["=bad, really.jpg"]
    finally:
        server.kill()
        forget()


def test_what_follows_from_something_else_is_left_alone(nobody: None, job: Job) -> None:
    job.out.mkdir()
    (job.out / "notes.txt").write_text("mine")
    with pytest.raises(WinnowError, match="holds files of something else"):
        run(job, Report())
    (job.out / "notes.txt").unlink()
    with pytest.raises(WinnowError, match="Nobody answers"):
        run(job, Report())
    content = json.loads((job.out / "run.json").read_text())
    (job.out / "run.json").write_text(json.dumps(content | {"the model file": "another"}))
    with pytest.raises(WinnowError, match=r"of another run .the model file was another then"):
        run(job, Report())
    (job.out / "run.json").rename(job.out / "part-000000.parquet")
    with pytest.raises(WinnowError, match="do not say what they follow from"):
        run(job, Report())


@pytest.mark.parametrize("out", ["inside", "table.parquet", "https://example.org/x"])
def test_places_that_take_no_predictions(nobody: None, job: Job, out: str) -> None:
    place = job.folder / "inside" if out == "inside" else Path(out)
    with pytest.raises(WinnowError, match=r"image folder|names a file|takes no predictions"):
        run(replace(job, out=place), Report())


if __name__ == "__main__":
    from core.encoders.registry import load_encoder

    images, file, target = map(Path, sys.argv[1:])
    run(Job(images, read(file), load_encoder("starter", "cpu"), target, part=PART), Report())
