"""A million images on one machine: how long people wait for what, and how much memory it takes.

    python benchmarks/million.py make FOLDER --like WORKSPACE --count 1000000
    python benchmarks/million.py run FOLDER
    python benchmarks/million.py run FOLDER --only open prompts

``make`` writes a workspace of so many images without embedding them: the vectors of an embedded
workspace (``--like``), each mixed with that of another image of its folder and with noise, ids of
their own, and hard links to the images. Pages show no pictures, for these ids are of no contents.
``run`` does what pages ask for, in one process, and measures wall time, processor time and
anonymous memory (``RssAnon``); files that are mapped into memory are not in it. What ``run`` finds
and keeps (neighbours, the map) is kept in FOLDER; labels that it gives are taken back.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from core.encoders.registry import load_encoder
from core.learn.asking.audit import order
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.progress import Report
from core.services.clusters.layout import make_layout, read_layout
from core.services.data.duplicates import groups_of
from core.services.label import queue as queues
from core.services.label.outlook import outlook
from core.services.label.reasons import explain
from core.services.label.tally import tally
from core.services.predict.many.behind import find_neighbours, recall_of
from core.services.predict.predicting import estimates, predict
from core.services.predict.zero_shot import zero_shot
from core.services.prompts.sampling import sampled
from core.services.prompts.workbench import bench
from core.store.catalog import SCHEMA, read_catalog, write_catalog
from core.store.labels.base import Event
from core.store.vectors import RECORD, ROWS_PER_SHARD
from core.store.workspace import load, open_workspace

PARTS = ["open", "prompts", "label", "learn", "alike", "map"]
LABELS, AUDITED, KEYS, EDITS = 300, 60, 96, 24
MIXED, NOISE = 0.35, 0.02  # share of another image in a vector, noise of each of its numbers
_WORDS = ("small", "red", "old", "wet", "dark", "bright", "distant", "quiet", "wild", "muddy")


# -- make ----------------------------------------------------------------------------------------


def make(folder: Path, like: Path, count: int) -> None:
    """Write the workspace FOLDER/workspace with its image folder FOLDER/images."""
    source = load(like)
    assert source.encoder is not None, "embed the workspace that is named with --like first"
    base = read_catalog(source.catalog).filter(pl.col("problem").is_null())
    pool = Project(source).pool()
    vectors, rows = np.asarray(pool.stored), pool.rows
    base = base.filter(pl.col("id").is_in(list(pool.ids)))
    images = folder / "images"
    frame = _catalog(base, count)
    _link(source.images, images, frame)
    workspace = open_workspace(images, folder / "workspace")
    store = workspace.vectors(source.encoder.identity)
    store.mkdir(parents=True, exist_ok=True)
    workspace = workspace.with_encoder(source.encoder)
    for name in ("meta.json", "encoder.json"):
        shutil.copy(source.vectors(source.encoder.identity) / name, store / name)
    of = np.array([rows[i] for i in base["id"].to_list()])[frame["like"].to_numpy()]
    _shards(store, frame["id"].to_list(), vectors, of, base, frame["like"].to_numpy())
    write_catalog(workspace.catalog, frame.select(*SCHEMA))
    shutil.copy(source.vocabulary, workspace.vocabulary)
    _labels(Project(workspace))


def _catalog(base: pl.DataFrame, count: int) -> pl.DataFrame:
    """``count`` rows by path, with ``like``: the row of ``base`` that each was made of."""
    like = np.arange(count) % len(base)
    copy = np.arange(count) // len(base)
    frame = base[like.tolist()].with_columns(
        pl.Series("like", like),
        pl.Series(
            "id", [hashlib.blake2b(b"%d" % n, digest_size=16).hexdigest() for n in range(count)]
        ),
        pl.Series("phash", _hashes(base["phash"], like), dtype=pl.Binary),
        pl.concat_str(
            pl.col("path").str.extract(r"^(.*/)?[^/]*$").fill_null(""),
            pl.lit("part-") + pl.Series("copy", copy).cast(pl.String).str.zfill(3) + "/",
            pl.col("path").str.extract(r"([^/]*)$"),
        ).alias("path"),
    )
    return frame.sort("path")


def _hashes(base: pl.Series, like: np.ndarray) -> list[bytes]:
    """Of each image that of the one it was made of with every fourth bit turned, by chance.

    So real hashes' uneven bits stay, and hardly two are near-duplicates.
    """
    rng, real = np.random.default_rng(1), np.zeros((len(base), 32), dtype=np.uint8)
    for row, value in enumerate(base.to_list()):
        real[row] = np.frombuffer(value or bytes(32), dtype=np.uint8)
    made = np.empty((len(like), 32), dtype=np.uint8)
    for begin in range(0, len(like), 50_000):
        own = real[like[begin : begin + 50_000]]
        made[begin : begin + len(own)] = own ^ np.packbits(rng.random((len(own), 256)) < 0.25, 1)
    return [row.tobytes() for row in made]


def _link(source: Path, images: Path, frame: pl.DataFrame) -> None:
    """A hard link for each row; file systems take 65,000 to one file."""
    made: set[Path] = set()
    for path in frame["path"].to_list():
        target = images / path
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        parts = target.relative_to(images).parts
        original = source.joinpath(*parts[:-2], parts[-1])
        if not target.exists():
            os.link(original, target)


def _shards(
    store: Path,
    ids: list[str],
    vectors: np.ndarray,
    of: np.ndarray,
    base: pl.DataFrame,
    like: np.ndarray,
) -> None:
    """The vectors in the order of the paths, as embedding writes them."""
    rng = np.random.default_rng(0)
    tops = base["path"].str.split("/").list.get(-2).to_numpy()[like]
    for shard, begin in enumerate(range(0, len(ids), ROWS_PER_SHARD)):
        rows = np.arange(begin, min(begin + ROWS_PER_SHARD, len(ids)))
        others = rows.copy()
        for top in np.unique(tops[rows]):  # of the same folder, as a rule the same class
            own = rows[tops[rows] == top]
            others[own - begin] = rng.permutation(own)
        mixed = (1 - MIXED) * vectors[of[rows]] + MIXED * vectors[of[others]]
        mixed += rng.normal(scale=NOISE, size=mixed.shape).astype(np.float32)
        mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
        half = mixed.astype("<f2")
        records = np.array(
            [(bytes.fromhex(ids[r]), zlib.crc32(half[r - begin].tobytes())) for r in rows.tolist()],
            dtype=RECORD,
        )
        half.tofile(store / f"{shard:05d}.f16")
        records.tofile(store / f"{shard:05d}.idx")


def _labels(project: Project) -> None:
    """Labels from the names of the folders: the first of the audit stream, and others at random."""
    pool = project.pool()
    stream = order(pool.ids)[:AUDITED].tolist()
    rows = np.random.default_rng(0).permutation(len(pool))[: LABELS - AUDITED].tolist()
    events = [Event(pool.ids[row], _truth(project, row)) for row in dict.fromkeys([*stream, *rows])]
    project.labels.add(events, "benchmark", "benchmark")


def _truth(project: Project, row: int) -> str:
    """The class that the folders of an image name."""
    names = project.classes().names
    return next(part for part in project.pool().paths[row].split("/") if part in names)


# -- run -----------------------------------------------------------------------------------------


class Meter:
    """Rows of a table: wall and processor seconds of single actions, memory after each."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.most = 0.0
        self._stop = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def time(self, what: str, act: Callable[[], Any], note: Callable[[Any], str] = str) -> Any:
        """Do something once and note what it took; ``note`` says what came out."""
        self.most = memory()
        wall, used = time.perf_counter(), time.process_time()
        result = act()
        wall, used = time.perf_counter() - wall, time.process_time() - used
        self.add(what, [wall], used, note(result))
        return result

    def add(self, what: str, walls: list[float], used: float, note: str = "") -> None:
        """Note what several rounds took, and the processor seconds of all of them."""
        row = {
            "what": what, "n": len(walls), "p50_s": round(float(np.median(walls)), 3),
            "p95_s": round(float(np.percentile(walls, 95)), 3),
            "cpu_s": round(used / len(walls), 3),
            "anon_mb": round(memory()), "most_mb": round(max(self.most, memory())), "note": note,
        }  # fmt: skip
        self.rows.append(row)
        print(json.dumps(row), flush=True)

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self.most = max(self.most, memory())


def memory() -> float:
    """Anonymous memory of this process in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


def run(folder: Path, parts: list[str], behind: bool) -> list[dict[str, Any]]:
    """Do what pages ask for."""
    meter = Meter()
    meter.time("the libraries, before anything is open", lambda: None, lambda _: "")
    project = meter.time("open: workspace, catalog, vectors", lambda: _open(folder), _count)
    project.collection.behind = behind
    snapshot = meter.time("open: labels, the first snapshot", project.snapshot, _count)
    if parts == ["open"]:
        return meter.rows
    meter.time(
        "the encoder", lambda: project.use(load_encoder(_spec(project), "cpu")), lambda _: ""
    )
    snapshot = project.snapshot()
    meter.time("the order of the audit stream", lambda: snapshot.audit_order, len_of)
    meter.time("the middle of the collection", lambda: snapshot.middle, lambda _: "")
    meter.time("zero-shot of all, the first", lambda: zero_shot(snapshot), lambda _: "")
    steps = {
        "prompts": _prompts, "learn": _learn, "label": _label, "alike": _alike, "map": _map,
    }  # fmt: skip
    for name in parts:
        if name in steps:
            steps[name](meter, project)
    return meter.rows


def _open(folder: Path) -> Project:
    project = Project.open(folder / "images", folder / "workspace")
    project.pool()
    return project


def _prompts(meter: Meter, project: Project) -> None:
    """Edits of one prompt: what is shown first, and what follows."""
    words, snapshot = random.Random(0), project.snapshot()
    meter.time("the random part of the images", lambda: sampled(snapshot), len_of)
    walls: dict[str, list[float]] = {"first": [], "all": []}
    used = {"first": 0.0, "all": 0.0}
    for _ in range(EDITS):
        edited = snapshot.under(_edited(snapshot.classes, words))
        for name, shown in (("first", sampled(edited)), ("all", edited)):
            wall, cpu = time.perf_counter(), time.process_time()
            bench(shown).preview(0, 12)
            walls[name].append(time.perf_counter() - wall)
            used[name] += time.process_time() - cpu
    meter.add("prompt edit → preview, from the random part", walls["first"], used["first"])
    meter.add("prompt edit → the same of all images", walls["all"], used["all"])


def _edited(classes: Vocabulary, words: random.Random) -> Vocabulary:
    prompts = {name: list(own) for name, own in classes.prompts().items()}
    name = next(iter(prompts))
    prompts[name][0] = f"a photo of a {words.choice(_WORDS)} {name} {words.randrange(1000)}"
    return Vocabulary.of(prompts)


def _label(meter: Meter, project: Project) -> None:
    """What the server does for each key: store, count, choose."""
    predictions = predict(project.snapshot())
    queue, batches = queues.Queue([], frozenset()), []
    walls: dict[bool, list[float]] = {False: [], True: []}
    used = {False: 0.0, True: 0.0}
    for n in range(KEYS):
        wall, cpu = time.perf_counter(), time.process_time()
        if queue.ids:
            said = Event(queue.ids[0], _truth(project, project.pool().rows[queue.ids[0]]))
            batches.append(project.labels.add([said], "benchmark", "benchmark"))
        snapshot = project.snapshot()
        ids = [i for i in queue.ids if not snapshot.is_answered[snapshot.pool.rows[i]]]
        queue, filling = queues.Queue(ids, queue.audit), len(ids) <= 24
        if filling:
            asking = queues.Asking("uherding", 48, n)
            queue = queues.fill(snapshot, predictions, project.labels, queue, "benchmark", asking)
        tally(snapshot), outlook(snapshot, predictions)
        explain(snapshot, predictions, [snapshot.pool.rows[i] for i in queue.ids])
        walls[filling].append(time.perf_counter() - wall)
        used[filling] += time.process_time() - cpu
    meter.add("key: what the server does for it", walls[False], used[False])
    meter.add("… when 24 new images are chosen, every 24th key", walls[True], used[True])
    for batch in batches:
        project.labels.undo(batch, "benchmark")


def _learn(meter: Meter, project: Project) -> None:
    """Fits after labels, and what the audit images say of the last."""
    found = "with" if True in project.snapshot().alike_key else "without"
    meter.time(
        f"fit + scores of all, the first, {found} look-alikes",
        lambda: predict(project.snapshot()),
        _model,
    )
    pool = project.pool()
    for turn in range(3):
        rows = np.random.default_rng(turn + 9).permutation(len(pool))[:12].tolist()
        events = [Event(pool.ids[row], _truth(project, row)) for row in rows]
        batch = project.labels.add(events, "benchmark", "benchmark")
        meter.time("… after 12 labels", lambda: predict(project.snapshot()), _model)
        project.labels.undo(batch, "benchmark")
    snapshot = project.snapshot()
    last = predict(snapshot)
    meter.time("what the audit images say of it", lambda: estimates(snapshot, last), _accuracy)


def _alike(meter: Meter, project: Project) -> None:
    snapshot = project.snapshot()
    if False in snapshot.alike_key:
        meter.time(
            "neighbours, in the background", lambda: find_neighbours(snapshot, Report()), str
        )
    print("recall of the neighbours:", recall_of(snapshot), flush=True)
    _learn(meter, project)
    meter.time("near-duplicates, in the background", lambda: groups_of(snapshot), len_of)


def _map(meter: Meter, project: Project) -> None:
    snapshot = project.snapshot()
    if read_layout(snapshot) is None:
        meter.time("the map, made once", lambda: make_layout(snapshot, Report()), lambda _: "")
    snapshot.shared._results.pop("layout", None)
    meter.time("the map, from the cache", lambda: read_layout(snapshot), lambda _: "")


def _spec(project: Project) -> str:
    encoder = project.workspace.encoder
    assert encoder is not None
    return encoder.spec


def _count(opened: Project | Snapshot) -> str:
    return f"{len(opened.pool() if isinstance(opened, Project) else opened):,} images"


def len_of(result: Any) -> str:
    return f"{len(result):,}"


def _model(predictions: Any) -> str:
    return f"{int((predictions.human >= 0).sum())} labels"


def _accuracy(said: Any) -> str:
    return "" if said is None else f"accuracy {said.accuracy.value:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["make", "run"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--like", type=Path, help="an embedded workspace, for make")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--at-once", action="store_true", help="neighbours are waited for")
    parser.add_argument("--limit", type=float, default=0, help="GB of address space, 0 for none")
    asked = parser.parse_args()
    if asked.limit:
        most = int(asked.limit * 1e9)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    if asked.action == "make":
        make(asked.folder, asked.like, asked.count)
        return
    rows = run(asked.folder, asked.only, not asked.at_once)
    print("| | n | median, s | p95, s | processor, s | anonymous MB after | at most | |")
    print("|---|---|---|---|---|---|---|---|")
    names = ("what", "n", "p50_s", "p95_s", "cpu_s", "anon_mb", "most_mb", "note")
    for row in rows:
        print(f"| {' | '.join(str(row[name]) for name in names)} |")


if __name__ == "__main__":
    main()
