"""Images in a bucket against the same files on disk: from the listing to vectors, and kills.

    python benchmarks/addresses.py FOLDER --images 5000 --moto /path/to/python-with-moto
    python benchmarks/addresses.py FOLDER --images 300 --kills 20 --moto ...

The S3 server runs on the same machine, so it takes processor time away from us. It is measured
(user and system time of its process) and, on a machine whose processors are all busy, subtracted
divided by their number. Each side runs ``--repeats`` times in turn, each time from nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SERVER = Path(__file__).parents[1] / "tests" / "s3_server.py"
BUCKET = "benchmark"


class Server:
    """The S3 server as a process."""

    def __init__(self, python: str, folder: Path) -> None:
        self.command = [python, str(SERVER)]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [*self.command, str(self.port), BUCKET, str(self.folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def seconds(self) -> float:
        """Processor time so far (Linux)."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--moto", default=sys.executable, help="Python that has moto[server]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        images = home / "there" / "images"
        _copy(options.folder, images, options.images, options.seed)
        server = Server(options.moto, home / "there")
        os.environ.update(
            XDG_DATA_HOME=str(home / "data"),
            AWS_ACCESS_KEY_ID="benchmark",
            AWS_SECRET_ACCESS_KEY="benchmark",
            AWS_REGION="us-east-1",
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.port}",
        )
        server.start()
        try:
            if options.kills:
                _kills(server, options)
            else:
                _compare(server, images, options)
        finally:
            server.kill()


def _copy(source: Path, target: Path, count: int, seed: int) -> None:
    """Some images, in folders of a thousand."""
    suffixes = {".jpg", ".jpeg", ".png", ".webp"}
    paths = sorted(path for path in source.rglob("*") if path.suffix.lower() in suffixes)
    paths = random.Random(seed).sample(paths, min(count, len(paths)))
    for number, path in enumerate(paths):
        place = target / f"{number // 1000:03d}" / f"{number:06d}{path.suffix.lower()}"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)


def _command(images: str) -> list[str]:
    return [
        sys.executable, "-c", "from core.cli import main; main()", "embed", images, "--json",
        "--device", "cpu",
    ]  # fmt: skip


def _once(images: str) -> tuple[dict[str, object], float]:
    """What one run from nothing says, and its processor seconds."""
    shutil.rmtree(os.environ["XDG_DATA_HOME"], ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(_command(images), capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(done.stdout), spent


def _compare(server: Server, images: Path, options: argparse.Namespace) -> None:
    processors = len(os.sched_getaffinity(0))
    print(f"{processors} processors, load {os.getloadavg()[0]:.1f}")
    print("side    images   wall s   ours CPU s   server CPU s   wall less server's share s")
    sums = {"disk": [0.0, 0.0], "bucket": [0.0, 0.0]}
    for _ in range(options.repeats):
        for side, where in (("disk", str(images)), ("bucket", f"s3://{BUCKET}/images")):
            before = server.seconds()
            result, spent = _once(where)
            theirs = server.seconds() - before
            wall = float(str(result["seconds"]))
            less = wall - theirs / processors
            sums[side][0] += less
            sums[side][1] += spent
            print(
                f"{side:6} {result['embedded']:>7} {wall:8.1f} {spent:12.1f} {theirs:14.1f} "
                f"{less:12.1f}",
                flush=True,
            )
    wall, spent = (sums["bucket"][k] / sums["disk"][k] for k in (0, 1))
    print(
        f"bucket : disk = {wall:.3f} in wall time less the server's share, {spent:.3f} in CPU time"
    )


def _kills(server: Server, options: argparse.Namespace) -> None:
    """Kill the server or us at random moments; in the end nothing is lost and nothing is twice."""
    dice = random.Random(options.seed)
    done = 0
    while done < options.kills:
        shutil.rmtree(os.environ["XDG_DATA_HOME"], ignore_errors=True)
        ours = 0
        result = None
        while result is None:
            process = subprocess.Popen(
                _command(f"s3://{BUCKET}/images"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            time.sleep(dice.uniform(0.5, 8.0))
            if process.poll() is None and done < options.kills:
                done += 1
                if dice.random() < 0.5:
                    process.send_signal(signal.SIGKILL)
                    ours += 1
                    print(f"kill {done}: us", flush=True)
                else:
                    server.kill()
                    time.sleep(dice.uniform(0.0, 3.0))
                    server.start()
                    print(f"kill {done}: the server", flush=True)
            out, _ = process.communicate()
            if process.returncode == 0:
                result = json.loads(out)
        _check(result, options.images, ours)


def _check(result: dict[str, object], images: int, ours: int) -> None:
    from core.store.catalog import read_catalog
    from core.store.vectors import VectorStore

    [folder] = Path(os.environ["XDG_DATA_HOME"]).glob("winnow/workspaces/*/vectors/*")
    stored = VectorStore.peek(folder).ids
    rows = read_catalog(folder.parents[1] / "catalog.parquet")
    assert result["images"] == images == rows.height, (result, rows.height)
    assert rows["problem"].null_count() == images
    assert len(stored) == len(set(stored)) == rows["id"].n_unique()
    print(f"whole: {images} images, {len(stored)} vectors, each once, after {ours} of our deaths")


if __name__ == "__main__":
    main()
