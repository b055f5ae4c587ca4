"""How fast `winnow serve` answers: latency of one client, throughput of many, against other ways.

    winnow model export CLOTHING clothing.winnow
    python benchmarks/serve.py clothing.winnow CLOTHING
    python benchmarks/serve.py clothing.winnow CLOTHING --peer PYTHON   # with litserve installed

Every way serves the same model file, gets the same photos, and is measured from this process, which
keeps its connections open and sends the next photo as soon as an answer is there. `winnow classify`
runs over copies of the same photos in the same run. Ways take turns; the table shows medians.
PYTHON is an interpreter of a virtual environment that has the peer and can import `core`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from core.images.scan import scan

HERE = Path(__file__).parent
WINNOW = Path(sys.executable).with_name("winnow")
TOKEN = "token-of-the-benchmark-01"
WARMING = 40


@dataclass
class Figures:
    """What was measured of a way, a value a turn."""

    p50: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    lost: int = 0


def main() -> None:
    options = arguments()
    found = scan(options.images).files
    files = [options.images / file.path for file in found[:: max(1, len(found) // options.photos)]]
    requests = [request_of(file.read_bytes()) for file in files[: options.photos]]
    ways = {
        "winnow serve": [WINNOW, "serve", options.file, "--quiet", "--port"],
        "FastAPI, no batching": [sys.executable, HERE / "serve_plain.py", options.file],
    }
    if options.peer:
        ways["LitServe"] = [options.peer, HERE / "serve_litserve.py", options.file]
    figures = {name: Figures() for name in ways}
    classified = []
    for turn in range(options.turns):
        classified.append(classify(options.file, files[: options.photos], options.requests))
        for name, command in ways.items():
            with serving(command) as port:
                measure(port, requests, options, figures[name])
            shown = figures[name]
            print(
                f"turn {turn + 1}: {name}: p50 {shown.p50[-1]:.1f} ms, {shown.rate[-1]:.1f}/s",
                file=sys.stderr,
            )
    show(figures, statistics.median(classified), options)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="model file")
    parser.add_argument("images", type=Path, help="folder with photos")
    parser.add_argument("--photos", type=int, default=200, help="different photos to send")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--alone", type=int, default=200, help="requests of one client")
    parser.add_argument("--requests", type=int, default=2_000, help="requests of all clients")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--peer", type=Path, help="interpreter with litserve")
    return parser.parse_args()


def request_of(data: bytes) -> bytes:
    """A request with one photo, as it goes over the wire."""
    body = (
        b'--mark\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + data + b"\r\n--mark--\r\n"
    )
    head = (
        "POST /v1/classify HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "
        f"{TOKEN}\r\nContent-Type: multipart/form-data; boundary=mark\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def serving(command: list):
    """A server in a process of its own, until it is ready; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"WINNOW_TOKEN": TOKEN, "PYTHONPATH": str(HERE.parent)}
    process = subprocess.Popen(
        [*map(str, command), str(port)], env=environment, start_new_session=True
    )
    try:
        wait_for(process, port)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # a peer has workers of its own
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(process: subprocess.Popen, port: int) -> None:
    end = time.monotonic() + 180
    while time.monotonic() < end:
        for path in ("/ready", "/health"):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
                return
            except urllib.error.HTTPError:
                continue
            except OSError:
                if process.poll() is not None:
                    raise SystemExit(f"{process.args} ended") from None
        time.sleep(0.2)
    raise SystemExit(f"{process.args} did not answer")


def measure(port: int, requests: list[bytes], options: argparse.Namespace, into: Figures) -> None:
    """One client, then many; after some requests to warm up."""
    asyncio.run(clients(port, requests, 4, WARMING))
    seconds, _, lost = asyncio.run(clients(port, requests, 1, options.alone))
    seconds.sort()
    into.p50.append(1000 * seconds[len(seconds) // 2])
    into.p95.append(1000 * seconds[int(0.95 * len(seconds))])
    many, took, more = asyncio.run(clients(port, requests, options.clients, options.requests))
    into.rate.append(len(many) / took)
    into.lost += lost + more


async def clients(
    port: int, requests: list[bytes], count: int, total: int
) -> tuple[list[float], float, int]:
    """Seconds of each answer, seconds of all, requests without a good answer."""
    left, taken, seconds = iter(range(total)), cycle(requests), []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            begun = time.perf_counter()
            writer.write(next(taken))
            if await good_answer(reader):
                seconds.append(time.perf_counter() - begun)
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(count)))
    return seconds, time.perf_counter() - begun, total - len(seconds)


async def good_answer(reader: asyncio.StreamReader) -> bool:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
    body = await reader.readexactly(length)
    return lines[0].split()[1] == b"200" and b'"probability"' in body


def classify(file: Path, photos: list[Path], count: int) -> float:
    """Images a second of `winnow classify` over so many copies of the photos, in one folder.

    Copies differ by a byte behind the picture: equal files would be encoded once.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "photos"
        folder.mkdir()
        for number, photo in zip(range(count), cycle(photos), strict=False):
            copy = folder / f"{number:06d}.jpg"
            shutil.copy2(photo, copy)
            with copy.open("ab") as opened:
                opened.write(number.to_bytes(4, "big"))
        out = Path(temporary) / "out.parquet"
        command = [WINNOW, "classify", folder, "--with", file, "--out", out, "--json", "--quiet"]
        run = subprocess.run([*map(str, command)], capture_output=True)
        if run.returncode:
            raise SystemExit(run.stderr.decode())
        return json.loads(run.stdout)["images_per_second"]


def show(figures: dict[str, Figures], classified: float, options: argparse.Namespace) -> None:
    print(
        f"{options.file.name}, {options.clients} clients, {options.turns} turns; "
        f"`winnow classify`: {classified:.1f} images/s\n"
    )
    print("| way | p50, one client | p95 | images/s | of `winnow classify` | lost |")
    print("|---|---|---|---|---|---|")
    for name, own in figures.items():
        p50, p95, rate = map(statistics.median, (own.p50, own.p95, own.rate))
        print(
            f"| {name} | {p50:.1f} ms | {p95:.1f} ms | {rate:.1f} | {rate / classified:.0%} | "
            f"{own.lost} |"
        )


if __name__ == "__main__":
    main()
