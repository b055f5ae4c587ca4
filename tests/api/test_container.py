"""The Dockerfile: what it says is so, and what it runs runs here, without what it leaves out."""

from __future__ import annotations

import fnmatch
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from api.serving import TOKEN, form_of, free_port, model_of, wait_for

from core.project.project import Project
from core.store.workspace import load

REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
MODULES = {"faiss-cpu": "faiss", "umap-learn": "umap"}
# Runs before anything else: modules that the image lacks are not to be had, and what is written
# outside of the temporary folder, or asked of others, is written down.
GUARD = """
import os, sys

ABSENT = set(os.environ["ABSENT"].split())
OWN = os.environ["OWN"]

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

def watch(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)) and isinstance(args[2], int):
        path = os.path.abspath(os.fsdecode(args[0]))
        if args[2] & (os.O_WRONLY | os.O_RDWR) and not path.startswith((OWN, "/dev/", "/proc/")):
            note(f"writes {path}")
    elif event in ("socket.connect", "socket.getaddrinfo"):
        host = args[1][0] if event == "socket.connect" and isinstance(args[1], tuple) else args[0]
        if str(host) not in ("127.0.0.1", "localhost", "::1"):
            note(f"{event} {host}")

def note(text):
    with open(os.path.join(OWN, "noted"), "a") as file:
        file.write(text + "\\n")

sys.meta_path.insert(0, Absent())
sys.addaudithook(watch)
"""

# Every disk read-only but for an empty /tmp; then a user who may read everything and write nothing.
# The folder with model and token is at /mnt.
SEALED = """
set -eu
mount --make-rprivate /
mount --bind "$1" /mnt
mount -t tmpfs -o mode=1777 tmpfs /tmp
for place in $(awk '{print $5}' /proc/self/mountinfo); do
    [ "$place" = /tmp ] || mount -o remount,ro,bind "$place" 2>/dev/null || true
done
cd /
shift
exec setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs \\
    --inh-caps -all,+dac_read_search --ambient-caps -all,+dac_read_search \\
    --bounding-set -all,+dac_read_search -- "$@"
"""


def instructions() -> list[tuple[str, str]]:
    """Name and rest of each instruction, continued lines joined."""
    lines = re.sub(r"\\\n\s*", " ", TEXT).splitlines()
    parts = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return [(name, rest.strip()) for name, _, rest in parts]


def last(name: str) -> str:
    return [rest for instruction, rest in instructions() if instruction == name][-1]


def test_it_is_small_pinned_and_runs_without_rights() -> None:
    images = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    assert len(images) == 2
    assert all(re.fullmatch(r"python:3\.11\.\d+-slim-\w+", image) for image in images)
    assert "latest" not in TEXT
    assert int(last("USER")) > 0
    order = [name for name, _ in instructions()]
    assert order.index("USER") < order.index("ENTRYPOINT")
    assert not re.search(r"(?i)(password|secret|token)\s*=", TEXT)
    assert "constraints.txt" in next(rest for name, rest in instructions() if "pip install" in rest)


def test_one_line_chooses_the_kind_of_machine() -> None:
    assert [name for name, _ in instructions()].index("ARG") == 0
    assert TEXT.count("https://download.pytorch.org") == 1
    assert '--extra-index-url "$TORCH_INDEX"' in TEXT


def test_everything_that_is_copied_is_there_and_not_ignored() -> None:
    ignored = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = [line[1:] for line in ignored if line.startswith("!")]
    assert "*" in ignored
    for name, rest in instructions():
        if name != "COPY" or rest.startswith("--from"):
            continue
        for source in rest.split()[:-1]:
            assert (REPOSITORY / source).exists(), source
            assert any(fnmatch.fnmatch(own, f"{source}*") for own in allowed), source


@pytest.mark.skipif(
    not Path(sys.executable).with_name("hadolint").exists(), reason="hadolint is not installed"
)
def test_hadolint_has_nothing_to_say() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), REPOSITORY / "Dockerfile"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.skipif(os.name == "nt", reason="the image is one of Linux")
def test_what_it_runs_runs_without_what_it_leaves_out(
    starter, embedded: Path, sample: Path, tmp_path: Path
) -> None:
    own = tmp_path / "tmp"
    (own / "models").mkdir(parents=True)
    file = model_of(Project(load(embedded)).use(starter), own / "models/model.winnow")
    (own / "token").write_text(TOKEN + "\n")
    guard = tmp_path / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD)
    pip = next(rest for name, rest in instructions() if "pip uninstall" in rest)
    left_out = re.search(r"uninstall --yes (.*?) &&", pip)[1].split()  # type: ignore[index]
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(guard), "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(own), "XDG_CACHE_HOME": str(own / "cache"), "TMPDIR": str(own),
        "XDG_DATA_HOME": str(own / "data"), "OWN": str(own),
        "ABSENT": " ".join(MODULES.get(name, name.replace("-", "_")) for name in left_out),
    }  # fmt: skip
    port = free_port()
    process = subprocess.Popen(
        words(file, port, own / "token"), env=environment, cwd=own / "models",
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        wait_for(lambda: _healthy(port, process), 300)
        picture = next(iter(sample.rglob("*.jpg")))
        status, content = _classified(port, picture)
        assert status == 200 and content["images"][0]["class"]
    finally:
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert TOKEN not in told  # which goes into logs
    noted = (own / "noted").read_text() if (own / "noted").exists() else ""
    assert noted == ""


def words(file: Path, port: int, token: Path) -> list[str]:
    """What the image runs, with a port, a model file and a token of this test."""
    command = [*json.loads(last("ENTRYPOINT")), *json.loads(last("CMD"))]
    command[0] = str(Path(sys.executable).with_name(command[0]))
    swaps = {"8600": str(port), "/models/model.winnow": str(file), "0.0.0.0": "127.0.0.1",
             "/run/secrets/winnow-token": str(token)}  # fmt: skip
    return [swaps.get(word, word) for word in command]


def _may_make_namespaces() -> bool:
    """Also whether somebody else, with another /tmp, may read this Python and the project."""
    if not (shutil.which("unshare") and shutil.which("setpriv")) or os.geteuid() != 0:
        return False
    bare = (
        "mount -t tmpfs tmpfs /tmp && "
        'exec setpriv --reuid=10001 --regid=10001 --clear-groups "$0" -c "import core"'
    )
    seen = ["unshare", "-m", "sh", "-c", bare, sys.executable]
    return subprocess.run(seen, capture_output=True, cwd="/").returncode == 0


@pytest.mark.skipif(
    sys.platform != "linux" or not _may_make_namespaces(),
    reason="needs root on Linux, and a clone that others may read and that is not below /tmp",
)
def test_it_runs_as_nobody_on_a_disk_that_cannot_be_written(
    starter, embedded: Path, sample: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    model_of(Project(load(embedded)).use(starter), own / "model.winnow")
    (own / "token").write_text(TOKEN + "\n")
    script, port = tmp_path / "sealed.sh", free_port()
    script.write_text(SEALED)
    serve = words(Path("/mnt/model.winnow"), port, Path("/mnt/token"))
    check = 'for f in / /mnt /root /var/tmp; do touch "$f/x" 2>/dev/null && exit 9; done; exec "$@"'
    process = subprocess.Popen(
        ["unshare", "-m", "sh", script, own, "sh", "-c", check, "sh", *serve],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        wait_for(lambda: _healthy(port, process), 300)
        status, content = _classified(port, next(iter(sample.rglob("*.jpg"))))
        assert status == 200 and content["images"][0]["class"]
        ids = Path(f"/proc/{process.pid}/status").read_text()
        assert re.search(r"Uid:\s+10001\s+10001\s+10001\s+10001", ids)
    finally:
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert sorted(path.name for path in own.iterdir()) == ["model.winnow", "token"]


def _healthy(port: int, process: subprocess.Popen[str]) -> bool:
    """Whether the image's own check is content."""
    assert process.poll() is None, process.communicate()[1]
    with socket.socket() as probe:
        probe.settimeout(5)
        if probe.connect_ex(("127.0.0.1", port)):  # a check is a process, and takes time from it
            time.sleep(0.2)
            return False
    python, option, code = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    assert (python, option) == ("python", "-c")
    code = code.replace("8600", str(port))
    return subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def _classified(port: int, picture: Path) -> tuple[int, dict]:
    body, kind = form_of([(picture.name, picture.read_bytes())])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
    connection.request("POST", "/v1/classify", body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())
