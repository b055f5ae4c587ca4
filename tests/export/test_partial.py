"""kill -9 at any moment: nothing that looks finished and is not, and the next run goes on."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from export.export_builders import assign, content_id, make_jpegs, run_record, tree
from filelock import FileLock

from core.export.options import ExportOptions
from core.export.partial import partial_folders
from core.export.plan import Plan
from core.export.planning import make_plan
from core.export.write import write
from core.runtime.errors import WinnowError

NAMES = [f"{folder}/{n}.jpg" for folder in "abc" for n in range(40)]
OPTIONS = ExportOptions(
    splits=(0.5, 0.25, 0.25), formats=("folders", "yolo", "huggingface", "csv", "zip")
)
# Before, in and after the files, among the records, and around the last rename.
MOMENTS = (1, 30, 200, 330, 480, 600, 680, 700, 720, 10_000)

CHILD = """
import json, os, signal, sys
from pathlib import Path
sys.path[:0] = json.loads(sys.argv[1])
from export.export_builders import run_record
from export.test_partial import plan_of, state_of
from core.export.write import write

images, out, mode = Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
for moment in json.loads(sys.argv[5]):
    child = os.fork()
    if not child:
        seen = 0
        def watch(event, arguments):
            global seen
            if event in ("open", "os.link", "os.symlink", "os.mkdir", "os.rename", "os.remove"):
                if str(arguments[0]).startswith(str(out.parent)):
                    seen += 1
                    if seen == moment:
                        os.kill(os.getpid(), signal.SIGKILL)
        plan = plan_of(images, mode)
        sys.addaudithook(watch)
        result = write(plan, images, out, run_record())
        os._exit(7 if result.resumed else 0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([moment, code, state_of(out)]), flush=True)
    if out.exists():
        break
"""


def plan_of(root: Path, mode: str = "copy") -> Plan:
    entries = [assign(root, name, "cat" if "a/" in name else "dog") for name in NAMES]
    options = ExportOptions(mode=mode, splits=OPTIONS.splits, formats=OPTIONS.formats)  # type: ignore[arg-type]
    return make_plan(entries, [], ["cat", "dog"], options)


def state_of(out: Path) -> str:
    """Whether an export is there in full; an assertion fails when it is there in part."""
    if not out.exists():
        return "absent"
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert len(manifest["files"]) == len(NAMES)
    for entry in manifest["files"]:
        assert content_id((out / entry["file"]).read_bytes()) == entry["id"]
    for name, digest in manifest["records"].items():
        assert content_id((out / name).read_bytes()) == digest
    assert not list(out.rglob(".*"))
    return "complete"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.parametrize("mode", ["copy", "hardlink", "symlink"])
def test_killed_at_many_moments_a_run_is_absent_or_complete(tmp_path: Path, mode: str) -> None:
    images, out = tmp_path / "images", tmp_path / "place/out"
    make_jpegs(images, NAMES)
    before = tree(images)
    # The parent of `tests/export` is the folder that pytest puts on the path, too.
    paths = json.dumps([str(Path(__file__).parents[1]), str(Path(__file__).parents[2])])
    command = [sys.executable, "-c", CHILD, paths, images, out, mode, json.dumps(MOMENTS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert [code for _, code, _ in steps[:-1]] == [-9] * (len(steps) - 1)
    assert len(steps) > 4
    assert steps[-1][1:] in ([7, "complete"], [-9, "complete"])
    assert tree(images) == before
    assert partial_folders(out) == []


def test_a_half_written_copy_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    images, out = tmp_path / "images", tmp_path / "out"
    make_jpegs(images, NAMES)
    plan = plan_of(images)
    partial = tmp_path / f".out.partial-{plan.digest()}"
    (partial / "cat").mkdir(parents=True)
    item = next(item for item in plan.items if item.target.startswith("cat/"))
    source = images / item.assignment.path
    broken = bytearray(source.read_bytes())
    broken[-5:] = bytes(5)
    (partial / item.target).write_bytes(broken)
    info = source.stat()
    os.utime(partial / item.target, ns=(info.st_atime_ns, info.st_mtime_ns))
    (partial / "manifest.json").write_text("{}")
    result = write(plan, images, out, run_record())
    assert result.resumed and any("continued" in note for note in result.notes)
    assert (out / item.target).read_bytes() == source.read_bytes()
    assert state_of(out) == "complete"


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Callable[[Path], Callable[[], None]]]:
    """Takes the right to write into a folder away, from root too; returns what gives it back."""
    taken: list[Path] = []

    def mount(*arguments: object) -> bool:
        return subprocess.run(["mount", *arguments], capture_output=True).returncode == 0

    def free() -> None:
        while taken:
            subprocess.run(["umount", taken.pop()], check=True)

    def lock(folder: Path) -> Callable[[], None]:
        if not mount("--bind", folder, folder):
            pytest.skip("this machine does not let the test mount a folder")
        taken.append(folder)
        assert mount("-o", "remount,bind,ro", folder)
        return free

    yield lock
    free()


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
@pytest.mark.parametrize("mode", ["copy", "hardlink", "symlink"])
def test_permission_lost_midway_is_one_sentence_and_nothing_is_lost(
    tmp_path: Path, locked: Callable[[Path], Callable[[], None]], mode: str
) -> None:
    images, out = tmp_path / "images", tmp_path / "out"
    make_jpegs(images, NAMES)
    before = tree(images)
    plan = plan_of(images, mode)
    folder = tmp_path / f".out.partial-{plan.digest()}" / "cat"
    folder.mkdir(parents=True)
    give_back = locked(folder)
    with pytest.raises(WinnowError, match=r"could not be removed; .* run again to go on there"):
        write(plan, images, out, run_record())
    assert not out.exists() and tree(images) == before
    give_back()
    assert write(plan, images, out, run_record()).resumed
    assert state_of(out) == "complete" and tree(images) == before
    assert partial_folders(out) == []


def test_the_leftover_of_another_plan_is_named_and_kept(tmp_path: Path) -> None:
    images, out = tmp_path / "images", tmp_path / "out"
    make_jpegs(images, NAMES)
    other = tmp_path / ".out.partial-0123456789abcdef"
    other.mkdir()
    result = write(plan_of(images), images, out, run_record())
    assert [note for note in result.notes if str(other) in note]
    assert other.is_dir() and not result.resumed


def test_two_runs_cannot_write_the_same_folder_at_once(tmp_path: Path) -> None:
    images, out = tmp_path / "images", tmp_path / "out"
    make_jpegs(images, NAMES)
    with (
        FileLock(tmp_path / ".out.partial-lock"),
        pytest.raises(WinnowError, match=r"Another run is writing .*out at this moment"),
    ):
        write(plan_of(images), images, out, run_record())
    assert write(plan_of(images), images, out, run_record()).written == len(NAMES)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", "out"]


def test_a_link_in_place_of_the_unfinished_folder_is_refused(tmp_path: Path) -> None:
    images, out = tmp_path / "images", tmp_path / "out"
    make_jpegs(images, NAMES)
    plan = plan_of(images)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / f".out.partial-{plan.digest()}").symlink_to(elsewhere)
    with pytest.raises(WinnowError, match="was not made by you"):
        write(plan, images, out, run_record())
    assert elsewhere.is_dir() and not list(elsewhere.iterdir())
