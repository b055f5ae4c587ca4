"""Layers of a small model tuned on pairs: learned, killed, continued, kept, loaded, refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import banded
import numpy as np
import pytest
from encoders.conftest import save_tiny
from safetensors import safe_open

from core.embedding.run import embed
from core.encoders.registry import describe, load_encoder
from core.encoders.tuned import files
from core.encoders.tuned.unfinished import Unfinished
from core.project.project import Project
from core.runtime.errors import WinnowError
from core.runtime.progress import Cancelled, Report
from core.services.tuning import towers
from core.services.tuning.outcome import Outcome
from core.services.tuning.pairing import of_table
from core.services.tuning.tuning import tune

COUNT = 220
"""Pictures that are enough to learn from."""
TESTS = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_tiny(folder)
    return folder


def made(folder: Path, model: Path, count: int, shuffled: bool = False) -> tuple[Project, Path]:
    table = banded.write(folder / "pictures", count, shuffled)
    encoder = load_encoder(f"local:{model}", "cpu")
    project = Project.open(folder / "pictures", folder / "ws").use(encoder)
    embed(project.workspace, encoder)
    return project, table


def run(project: Project, table: Path, name: str, report: Report | None = None) -> Outcome:
    snapshot = project.snapshot()
    return tune(snapshot, of_table(snapshot, table), name, report=report, depth="lora")


def left_over() -> list[str]:
    return [path.name for path in (files.folder() / "unfinished").glob("*")]


def test_what_is_learned_is_kept_and_is_the_same_in_a_fresh_process(
    model: Path, tmp_path: Path
) -> None:
    project, table = made(tmp_path, model, COUNT)
    outcome = run(project, table, "bands")
    assert outcome.accepted, outcome.why
    assert (outcome.spec, outcome.as_json()["depth"]) == ("tuned:bands", "lora")
    losses = [look["loss"] for look in outcome.history[1:]]
    assert losses[-1] < 0.6 * losses[0]
    assert left_over() == []
    encoder = load_encoder("tuned:bands", "cpu")
    base = load_encoder(f"local:{model}", "cpu")
    assert encoder.identity == files.read_header(files.path_of("bands")).identity
    assert (encoder.dim, encoder.identity == base.identity) == (base.dim, False)
    entry = describe("tuned:bands")
    assert entry is not None and entry.dim == base.dim
    pixels, words = banded.described(20)
    vectors = [encoder.encode_images(pixels), encoder.encode_texts(words)]
    assert not np.allclose(vectors[0], base.encode_images(pixels), atol=1e-2)
    code = (
        "import sys, banded, numpy as np; from core.encoders.registry import load_encoder; "
        "e = load_encoder('tuned:bands', 'cpu'); p, w = banded.described(20); "
        "np.savez(sys.argv[1], i=e.encode_images(p), t=e.encode_texts(w))"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "fresh.npz")], check=True, env=environment()
    )
    fresh = np.load(tmp_path / "fresh.npz")
    assert np.allclose(fresh["i"], vectors[0], atol=1e-6)
    assert np.allclose(fresh["t"], vectors[1], atol=1e-6)
    # Used as any encoder is: pictures are read again, for it sees them otherwise.
    assert embed(project.workspace, encoder).embedded == COUNT
    scores = project.use(encoder).pool().vectors @ encoder.encode_texts(["red red blue"])[0]
    assert scores.max() > scores.mean()
    files.remove("bands")


def test_shuffled_pairs_are_refused(model: Path, tmp_path: Path) -> None:
    project, table = made(tmp_path, model, 200, shuffled=True)
    outcome = run(project, table, "nonsense")
    assert not outcome.accepted
    assert files.names() == [] and left_over() == []


def test_stopped_it_goes_on_where_it_was(model: Path, tmp_path: Path) -> None:
    project, table = made(tmp_path, model, 140)

    class Impatient(Report):
        def step(self, name: str, done: int = 0, total: int = 0, note: str = "") -> None:
            if done == 6 and name == "Learning from pairs":
                self.cancel()
            super().step(name, done, total, note)

    with pytest.raises(Cancelled):
        run(project, table, "bands", Impatient())
    assert files.names() == []
    assert [Path(name).suffix for name in left_over()] == [".safetensors"]
    seen: list[int] = []

    class Watching(Report):
        def step(self, name: str, done: int = 0, total: int = 0, note: str = "") -> None:
            if name == "Learning from pairs":
                seen.append(done)
            super().step(name, done, total, note)

    run(project, table, "bands", Watching())
    assert min(seen) > 0
    assert left_over() == []
    for name in files.names():
        files.remove(name)


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}


def trainer(model: Path, out: Path) -> subprocess.Popen[str]:
    """A process that trains; what it keeps on the way is called as the file that it ends with."""
    command = [sys.executable, "-c", "import banded; banded.main()", str(model), str(out)]
    return subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True)


def test_killed_it_goes_on_to_the_same_weights(model: Path, tmp_path: Path) -> None:
    straight, resumed = tmp_path / "straight.safetensors", tmp_path / "resumed.safetensors"
    other, victim = trainer(model, straight), trainer(model, resumed)
    assert victim.stdout is not None
    for _ in range(2):
        assert victim.stdout.readline() == "kept\n"
    os.kill(victim.pid, signal.SIGKILL)
    assert victim.wait() == -signal.SIGKILL
    assert not resumed.exists()
    interim = Unfinished("resumed").read()
    assert interim is not None and 2 <= len(interim[1]["history"]) - 1 < 6

    assert trainer(model, resumed).wait() == 0
    assert other.wait() == 0
    with safe_open(straight, "np") as one, safe_open(resumed, "np") as two:
        assert one.metadata() == two.metadata()
        assert set(one.keys()) == set(two.keys())
        for name in one.keys():  # noqa: SIM118
            assert np.array_equal(one.get_tensor(name), two.get_tensor(name)), name
    for name in ("straight", "resumed"):
        Unfinished(name).forget()


def test_what_cannot_be_tuned_so_deep_is_refused_in_a_sentence(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WinnowError, match="only those of open_clip's models"):
        towers.check("starter")
    damaged = Unfinished("damaged")
    damaged.path.parent.mkdir(parents=True, exist_ok=True)
    damaged.path.write_bytes(b"nothing of use")
    with pytest.raises(WinnowError, match="The unfinished tuning"):
        damaged.read()
    damaged.forget()
    project, table = made(tmp_path, model, 140)
    (tmp_path / "pictures" / "p007.png").unlink()
    with pytest.raises(WinnowError, match=r"The picture p007\.png cannot be read any more"):
        run(project, table, "gone")
    table.parent.joinpath("p007.png").write_bytes((table.parent / "p008.png").read_bytes())
    with pytest.raises(WinnowError, match="has changed"):
        run(project, table, "changed")
    assert towers.possible(f"local:{model}") and not towers.possible("starter")
    monkeypatch.setitem(sys.modules, "peft", None)
    assert not towers.possible(f"local:{model}")
    with pytest.raises(WinnowError, match="needs the package peft"):
        run(*made(tmp_path / "again", model, 140), "without")
