"""Manifests that somebody tampered with: other types, paths, numbers, damage of the text."""

from __future__ import annotations

import functools
import json
import math
import multiprocessing
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mutations import mutated

from core.embedding.run import embed
from core.encoders.registry import load_encoder
from core.export.formats import layout_of
from core.export.plan import check_relative
from core.export.record.run import load_manifest
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import from_names
from core.runtime.progress import Report
from core.services.export import replay as replaying
from core.services.export import runs
from core.services.predict.predicting import predict
from core.store.labels.base import Event
from fuzzing import Case

COUNT = 300
SECONDS = 10.0  # a plan of the images is made, and some are written
_IMAGES = 24
_SAMPLES = Path(__file__).parents[2] / "sample_data" / "images"
_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, -(2**70), 10**400, 1e308, math.nan, math.inf, "", "\0", "../../up",
    "/etc/passwd", "C:\\x", "a" * 50_000, "\ud800", "[red]x[/y]", "\x1b[2J", "=1+1", [], [[]], {},
    [None], {"a": 1}, ["a", "a"], "review", "symlink", ["yolo"], ["zip", "nope"], [0.5, 0.5, 0.0],
    "convert",
)  # fmt: skip


def cases(seed: int, count: int) -> Iterator[Case]:
    """The manifest of a small export, changed in one to four places each."""
    chance = random.Random(seed)
    whole = _manifest()
    for number in range(count):
        damage = chance.choice(_DAMAGES)
        yield f"{number}-{damage.__name__.strip('_')}", damage(whole, chance)


def run(case: Case) -> str:
    """Repeat the run, as the command does, and write it where that is possible."""
    name, data = case
    assert isinstance(data, bytes)
    with tempfile.TemporaryDirectory() as work:
        inside = Path(work) / "deep" / "er"
        inside.mkdir(parents=True)
        path = inside / "manifest.json"
        path.write_bytes(data)
        document = load_manifest(path)
        replaying.options_of(document)
        assert isinstance(replaying.images_of(document), Path)
        assert replaying.spec_of(document)
        snapshot = _snapshot()
        replayed = replaying.replay(snapshot, document, [])
        assert json.loads(json.dumps(replayed.as_json()))["images"] == _IMAGES
        assert replayed.as_text()
        layout = layout_of(replayed.plan)
        places = [place for item in replayed.plan.items for place in layout.places(item)]
        check_relative(places, "the export")
        if int(name.partition("-")[0]) % 5 == 0:
            runs.write(
                replayed.snapshot, replayed.predictions, replayed.plan, inside / "out", Report()
            )
        assert sorted(p.name for p in Path(work).iterdir()) == ["deep"]
        assert sorted(p.name for p in inside.parent.iterdir()) == ["er"]
        return "the same" if replayed.same else "another"


@functools.cache
def _folder() -> Path:
    """A folder with a workspace, which stays until the process ends."""
    root = Path(tempfile.mkdtemp(prefix="manifests-"))
    (root / "in").mkdir()
    for path in sorted(_SAMPLES.iterdir())[:_IMAGES]:
        shutil.copy(path, root / "in" / path.name)
    import atexit

    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return root


@functools.cache
def _snapshot() -> Snapshot:
    root = _folder()
    project = Project.open(root / "in", root / "ws")
    encoder = load_encoder("starter", "cpu", Report())
    embed(project.workspace, encoder, Report())
    project.use(encoder)
    ids = project.pool().ids
    project.labels.add([Event(ids[n], ("bird", "food")[n % 2]) for n in range(6)], "ann", "test")
    return project.snapshot(from_names(["bird", "food", "space"]))


@functools.cache
def _manifest() -> bytes:
    snapshot = _snapshot()
    predictions = predict(snapshot, False)
    options = runs.options("copy", (0.6, 0.2, 0.2), 0.3, 0, None, ["folders", "csv"])
    plan = runs.plan(snapshot, predictions, [], options)
    out = _folder() / "out"
    runs.write(snapshot, predictions, plan, out, Report())
    return (out / "manifest.json").read_bytes()


def _places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Ways to everything in a document, at most a few of a long list."""
    if path:
        yield path
    keys = (
        list(node)
        if isinstance(node, dict)
        else range(min(3, len(node)))
        if isinstance(node, list)
        else ()
    )
    for key in keys:
        yield from _places(node[key], (*path, key))


def _changed(whole: bytes, chance: random.Random, change: Callable[[Any, Any], None]) -> bytes:
    document = json.loads(whole)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        *way, key = chance.choice(list(_places(document)))
        node = document
        for step in way:
            node = node[step]
        change(node, key)
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _value(whole: bytes, chance: random.Random) -> bytes:
    def change(node: Any, key: Any) -> None:
        node[key] = chance.choice(_VALUES)

    return _changed(whole, chance, change)


def _missing(whole: bytes, chance: random.Random) -> bytes:
    return _changed(whole, chance, lambda node, key: node.pop(key))


def _key(whole: bytes, chance: random.Random) -> bytes:
    def change(node: Any, key: Any) -> None:
        if isinstance(node, dict):
            node[chance.choice(("", "../x", "\ud800", "a" * 50_000, "__class__"))] = node.pop(key)
        else:
            node.append(node[key])

    return _changed(whole, chance, change)


def _text(whole: bytes, chance: random.Random) -> bytes:
    return mutated(whole, chance)


def _cut(whole: bytes, chance: random.Random) -> bytes:
    return whole[: chance.randrange(len(whole))]


def _nested(whole: bytes, chance: random.Random) -> bytes:
    many = chance.choice((100, 5_000, 200_000))
    return whole.replace(b"null", b"[" * many + b"]" * many, 1)


def _digits(whole: bytes, chance: random.Random) -> bytes:
    return whole.replace(b'"seed": 0', b'"seed": ' + b"9" * chance.choice((19, 400, 10_000)))


def _long(whole: bytes, chance: random.Random) -> bytes:
    """Very many entries of one kind."""
    document = json.loads(whole)
    chance.choice(
        (
            lambda: document["files"].extend(document["files"] * 2_000),
            lambda: document["prompts"].update({f"c{n}": ["x"] for n in range(20_000)}),
            lambda: document["labels"]["from_file"].extend(["x"] * 200_000),
            lambda: document["rejected"].extend([{"path": "x"}] * 100_000),
        )
    )()
    return json.dumps(document).encode()


_DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _value, _value, _value, _value, _missing, _missing, _key, _text, _text, _cut, _nested, _digits,
    _long,
)  # fmt: skip

if multiprocessing.parent_process() is not None:
    _snapshot()  # takes seconds, which are no case's
