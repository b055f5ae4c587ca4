"""Labels in PostgreSQL: several clients label at once while the server is started anew.

Each client is a process that works as the Label page does: it holds a queue of 48 images that it
has claimed, fills it when half is gone, and stores each answer before the next is shown. What the
server did not acknowledge is sent again, as a browser does. Printed are: answers lost or stored
twice, images that two people were shown, and how long it took from a press of a key to the
acknowledgement, with and without the presses that met the outage.

    python benchmarks/postgres.py [--clients 8] [--labels 500] [--think 0.05] [--away 2]

It starts a server of its own (Debian's package postgresql) and removes it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import numpy as np
from servers import PostgresServer, membership, programs

from core.runtime.errors import AwayError
from core.store.labels.base import LogEntry
from core.store.labels.postgres.labels import PostgresLabels
from core.store.labels.postgres.membership import Membership
from core.store.labels.postgres.patience import wait_for

QUEUE, STEADY, ROUNDS = 48, 24, 5
CLASSES = ("coat", "dress", "hat", "shoe")


@dataclass
class Client:
    """What one client did.

    Attributes:
        shown: images in the order in which they were on its screen.
        seconds: from each key to its acknowledgement.
        away: presses during which the server did not answer.
        sentences: what was said then.
        empty: whether all images that nobody else had were used up.
    """

    name: str
    shown: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    away: list[int] = field(default_factory=list)
    sentences: set[str] = field(default_factory=set)
    empty: bool = False


def label(
    place: Membership, name: str, images: list[str], count: int, think: float, patience: float
) -> Client:
    """Label ``count`` images as the Label page does."""
    wait_for(patience, page=True)
    store, client, queue = PostgresLabels(place, ""), Client(name), list[str]()
    for number in range(1, count + 1):
        began_away = len(client.sentences)
        queue = _again(client, lambda queue=queue: _filled(store, name, images, queue))
        if not queue:
            client.empty = True
            break
        image = queue.pop(0)
        client.shown.append(image)
        time.sleep(think)
        entry = LogEntry(number, image, "label", CLASSES[number % len(CLASSES)])
        tries = [0]
        began = time.perf_counter()
        acknowledged = _again(
            client, lambda entry=entry: store.record(name, [entry], name, "benchmark"), tries
        )
        client.seconds.append(time.perf_counter() - began)
        assert acknowledged == number
        if tries[0] or len(client.sentences) > began_away or client.seconds[-1] > 1.0:
            client.away.append(number - 1)
    return client


def _filled(store: PostgresLabels, name: str, images: list[str], queue: list[str]) -> list[str]:
    if len(queue) > STEADY:
        return queue
    ids = store.claim(queue, name)
    for _ in range(ROUNDS):  # somebody else may have been quicker
        answered, taken = store.current(), {*ids, *store.claimed_by_others(name)}
        more = [i for i in images if i not in taken and i not in answered][: QUEUE - len(ids)]
        ids += store.claim(more, name) if more else []
        if len(ids) >= QUEUE or not more:
            break
    return ids


def _again(client: Client, work: Any, tries: list[int] | None = None) -> Any:
    while True:
        try:
            return work()
        except AwayError as error:
            client.sentences.add(str(error))
            if tries is not None:
                tries[0] += 1
            time.sleep(0.2)


def _worker(arguments: tuple[Any, ...], results: Any) -> None:
    results.put(label(*arguments))


def simulate(
    server: PostgresServer, url: str, clients: int, labels: int, think: float, away: float,
    patience: float = 1.0, context: str = "spawn",
) -> dict[str, Any]:  # fmt: skip
    """Have clients label at once, stop the server in the middle, and count."""
    place = membership(url, f"benchmark {time.time()}")
    store = PostgresLabels(place, "")
    images = [f"{n:032x}" for n in range(clients * labels + clients * QUEUE)]
    processes = multiprocessing.get_context(context)
    results = processes.Queue()
    names = [f"client{n}" for n in range(clients)]
    workers = [
        processes.Process(
            target=_worker, args=((place, name, images, labels, think, patience), results)
        )
        for name in names
    ]
    for worker in workers:
        worker.start()
    while store.version()[0] < clients * labels // 3:
        time.sleep(0.05)
    before = store.version()[0]
    if away:
        server.stop("fast")
        time.sleep(away)
        server.start()
    done: list[Client] = [results.get(timeout=600) for _ in workers]
    for worker in workers:
        worker.join()
    return _figures(store, done, before, clients * labels)


def _figures(
    store: PostgresLabels, done: list[Client], before: int, expected: int
) -> dict[str, Any]:
    shown = Counter(image for one in done for image in set(one.shown))
    stored = store.current()
    pressed = {image for one in done for image in one.shown}
    everything = np.array([s for one in done for s in one.seconds])
    calm = np.array([s for one in done for n, s in enumerate(one.seconds) if n not in one.away])
    return {
        "events": store.ever(),
        "expected": expected,
        "lost": len(pressed - set(stored)),
        "stored at the stop": before,
        "shown to two": sum(count > 1 for count in shown.values()),
        "queues ran empty": sum(one.empty for one in done),
        "presses that met the outage": sum(len(one.away) for one in done),
        "p50 ms": 1e3 * float(np.median(calm)),
        "p95 ms": 1e3 * float(np.quantile(calm, 0.95)),
        "longest ms": 1e3 * float(everything.max()),
        "sentences": sorted({sentence for one in done for sentence in one.sentences}),
        "news ms": 1e3 * _news(store),
    }


def _news(store: PostgresLabels) -> float:
    """Median seconds until what another connection stores is heard of, without asking."""
    other, seconds = PostgresLabels(store.membership, ""), []
    store.news()
    time.sleep(1.0)
    for number in range(1, 21):
        before, began = store.news(), time.perf_counter()
        other.record("another", [LogEntry(number, f"news{number}", "skip")], "x", "benchmark")
        while store.news() == before and time.perf_counter() - began < 10:
            time.sleep(0.0005)
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--labels", type=int, default=500, help="of each client")
    parser.add_argument("--think", type=float, default=0.05, help="seconds before each key")
    parser.add_argument("--away", type=float, default=2.0, help="seconds without a server; 0: none")
    options = parser.parse_args()
    if (folder := programs()) is None:
        sys.exit("PostgreSQL is not installed: apt-get install postgresql")
    server = PostgresServer(folder)
    try:
        figures = simulate(
            server, server.create("benchmark"), options.clients, options.labels, options.think,
            options.away,
        )  # fmt: skip
    finally:
        server.close()
    for name, value in figures.items():
        print(f"{name:>28}: {value:.1f}" if isinstance(value, float) else f"{name:>28}: {value}")


if __name__ == "__main__":
    main()
