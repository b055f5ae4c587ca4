"""The engine on a Ray cluster: the bits of one machine, and what dies is started again."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cloudpickle
import pyarrow as pa
import pytest
from clusters import cluster
from colours import ColourEncoder
from embedding.engines import test_contract as contract
from engine_work import Untouchable, files, reader, work
from ray.exceptions import OutOfMemoryError

from core.embedding.away import Ids, Loading, away
from core.embedding.engines.base import HEARTBEAT, Engine, Work
from core.embedding.engines.cluster import connecting, stages, tables
from core.embedding.engines.cluster.streaming import streamed
from core.embedding.engines.ray import Ray, block_size
from core.embedding.engines.threads import Threads
from core.embedding.reading import read
from core.encoders.base import Encoder
from core.images.scan import scan
from core.runtime.errors import WinnowError
from core.store.catalog import ImageRow, to_frame, to_rows

COPIES = 4


@pytest.fixture(scope="module")
def ray() -> Iterator[None]:
    with cluster():
        yield


@pytest.fixture(scope="module")
def pictures(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's pictures, each some times over with another end, a copy and a broken file."""
    folder = tmp_path_factory.mktemp("ray") / "pictures"
    for number, path in enumerate(sorted(sample.rglob("*.jpg"))):
        for copy in range(COPIES):
            target = folder / f"{copy}" / f"{number:03d}.jpg"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes() + b"\0" * copy)
    shutil.copyfile(folder / "0" / "000.jpg", folder / "copy.jpg")
    (folder / "broken.jpg").write_bytes(b"no picture")
    return folder


def task(folder: Path, encoder: Encoder) -> Work:
    """Embed a folder, as `core.embedding.run` does it."""
    return Work(
        lambda file: read(folder / file.path, file, {}, (), encoder),
        lambda _: False,
        encoder,
        away=lambda: away(folder, encoder),
    )


def outcome(
    engine: Engine, work: Work, folder: Path, kill: bool = False
) -> tuple[dict[str, ImageRow], dict[str, bytes]]:
    """Rows by path and the bytes of vectors by id; one of the encoding processes may be killed."""
    rows: dict[str, ImageRow] = {}
    vectors: dict[str, bytes] = {}
    work = replace(work, is_stored=lambda image_id: image_id in vectors)
    with closing(engine.run(scan(folder).files, work)) as results:
        for finished in results:
            if finished.vectors is not None:
                found = (vector.tobytes() for vector in finished.vectors)
                vectors |= zip(finished.ids, found, strict=True)
            assert not rows.keys() & {row.path for row in finished.rows}
            rows |= {row.path: row for row in to_rows(to_frame(finished.rows))}
            if kill and vectors:
                os.kill(an_encoder(), signal.SIGKILL)
                kill = False
    return rows, vectors


def an_encoder() -> int:
    """The number of a process that encodes for us."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        ours = f"HOME={os.environ['HOME']}".encode() in environment.split(b"\0")
        if b"Encoding" in command and ours:
            return int(process.name)
    raise AssertionError("nobody encodes")


def make(readers: int) -> Engine:
    return Ray()


def test_every_file_once_and_every_image_with_its_own_vector(ray: None) -> None:
    contract.test_every_file_once_and_every_image_with_its_own_vector(make)


def test_errors_reach_the_caller_as_they_are(ray: None) -> None:
    contract.test_errors_reach_the_caller_as_they_are(make, "read")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes as Linux does")
def test_rows_and_vectors_have_the_bits_of_one_machine_though_a_worker_dies(
    ray: None, pictures: Path, starter: Encoder
) -> None:
    whole = outcome(Threads(), task(pictures, starter), pictures)
    assert sum(row.problem is not None for row in whole[0].values()) == 1
    assert len(whole[1]) == len(whole[0]) - 2
    assert outcome(Ray(), task(pictures, starter), pictures, kill=True) == whole


def test_what_is_stored_needs_no_pixels_elsewhere_either(sample: Path) -> None:
    every = scan(sample).files
    read_all = away(sample, ColourEncoder()).read
    ids = [read_all(file).row.id for file in every]
    again = away(sample, ColourEncoder(), filter(None, ids[:5])).read
    sent = cloudpickle.loads(cloudpickle.dumps(again))
    assert [sent(file).pixels is None for file in every] == [n < 5 for n in range(len(every))]


def test_an_encoder_that_is_not_needed_is_not_loaded() -> None:
    def load(device: str) -> Encoder:
        raise AssertionError("it was loaded")

    table = stages.read_files(tables.of_files(files(6), part=3), reader(broken=1), 2)
    encoded = stages.Encoding(load, "cpu")(table)
    assert tables.parts_of(encoded) == [3] and tables.vectors_of(encoded) == [None] * 6
    assert [row.path for row in tables.rows_of(encoded)] == [file.path for file in files(6)]


class Slow:
    """A dataset of two tables, the second of which takes its time or fails."""

    def __init__(self, seconds: float = 0.0, error: Exception | None = None) -> None:
        self.seconds = seconds
        self.error = error
        self.closed = threading.Event()

    def iter_batches(self, **options: object) -> Iterator[pa.Table]:
        try:
            yield tables.of_files(files(1))
            time.sleep(self.seconds)
            if self.error:
                raise self.error
            while True:
                yield tables.of_files(files(2))
        finally:
            self.closed.set()


def test_who_waits_for_a_dataset_hears_so_and_may_stop() -> None:
    dataset = Slow(2.5 * HEARTBEAT)
    with closing(streamed(lambda: dataset)) as come:
        waited = [table is None for table in islice(come, 4)]
    assert waited[0] is False and waited.count(True) >= 2
    assert dataset.closed.is_set()


def test_a_cluster_that_gives_up_is_one_sentence() -> None:
    dataset = Slow(error=OutOfMemoryError("the last worker died"))
    with pytest.raises(WinnowError, match=r"Ray could not go on .the last worker died.: what was"):
        list(streamed(lambda: dataset))


def test_another_encoder_of_the_same_name_is_refused() -> None:
    with pytest.raises(WinnowError, match="another encoder on a machine of the cluster"):
        Loading("starter", "starter-of-yore")("cpu")


def test_work_that_cannot_be_sent_away_is_an_error_and_no_silence() -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        list(Ray().run(files(1), replace(work(Untouchable()), away=None)))


def test_gpus_that_are_not_there_are_named(ray: None) -> None:
    with pytest.raises(WinnowError, match="has 0 GPUs that Ray can use, 2 were asked for"):
        list(Ray(gpus=2).run(files(1), work(Untouchable())))


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(WinnowError, match=r"pip install 'winnow\[ray\]'"):
        connecting.imported()


def test_a_cluster_that_does_not_answer_is_named() -> None:
    class Silent:
        def init(self, **options: object) -> None:
            raise ConnectionError("nobody is there")

    with pytest.raises(WinnowError, match=r"No Ray cluster can be used at head:6379 .nobody is"):
        connecting._begin(Silent(), "head:6379")


def test_ids_are_looked_up_whatever_bytes_they_end_in() -> None:
    ids = [f"{number:030x}{end}" for number in range(50) for end in ("00", "7f")]
    stored = Ids.of(ids[::3])
    assert [image_id in stored for image_id in ids] == [n % 3 == 0 for n in range(len(ids))]
    assert ids[0] not in Ids.of([])


def test_few_files_are_spread_over_all_encoders() -> None:
    cpus = connecting.Cluster(4, {}, {}, {}, "cpu", 256)
    assert [block_size(n, cpus) for n in (1, 100, 1_000, 100_000)] == [8, 8, 64, 256]
