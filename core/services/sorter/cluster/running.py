"""All of ``winnow classify --engine ray`` behind its words."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.embedding.away import away
from core.embedding.engines.base import Away
from core.embedding.engines.cluster.connecting import Cluster, connected
from core.embedding.engines.ray import WINDOW, Ray, block_size
from core.embedding.run import no_images
from core.encoders.base import Encoder
from core.images.names import shown
from core.images.scan import FoundFile, Scan
from core.images.sources import places as sources
from core.runtime import roots
from core.runtime.progress import Report
from core.services.sorter.classifying import FORMAT, STEP, basis_of
from core.services.sorter.cluster import parts
from core.services.sorter.cluster.placing import Place, alone, place_of
from core.services.sorter.loading import Note
from core.services.sorter.parts import PART
from core.services.sorter.results import LISTED, Tally
from core.services.sorter.scoring import Scorer
from core.sorter.sorter import Sorter


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    Attributes:
        out: where the parts are; parts: how many.
        seconds: of all of it; per_second: files that were handled now.
        resumed: files that an interrupted run had done.
    """

    counted: Tally
    out: str
    parts: int
    seconds: float
    per_second: float
    resumed: int

    def as_json(self) -> dict[str, Any]:
        """The contract of ``winnow classify --engine ray --json``."""
        return {
            **self.counted.as_json(self.seconds, self.per_second),
            "out": self.out,
            "parts": self.parts,
            "resumed": self.resumed,
        }

    def as_text(self) -> str:
        """The same for people."""
        counted = self.counted.as_text(self.seconds, self.per_second)
        return f"{counted}\nWritten: {shown(self.out)}, {self.parts:,} parts"


@dataclass(frozen=True)
class Job:
    """A folder to be classified, and how.

    Attributes:
        folder: of the images, or one that stands for an address.
        out: folder or address for the parts.
        batch_size: images a forward pass; chosen from the device when None.
        review_below: predictions less probable than this are for review.
        part: files of one part.
        window: files that are handed to the cluster at once.
    """

    folder: Path
    sorter: Sorter
    encoder: Encoder
    out: Path
    engine: Ray = field(default_factory=Ray)
    batch_size: int | None = None
    review_below: float | None = None
    part: int = PART
    window: int = WINDOW


def run(job: Job, report: Report, note: Note = lambda _: None) -> Outcome:
    """Classify a folder on a cluster, which writes the predictions.

    The same run goes on with the parts that are there already.

    Args:
        note: hears that an earlier run goes on.

    Raises:
        WinnowError: the folder holds no images, the place holds something else or cannot be
            written, or there is no such cluster.
        Cancelled: asked to stop; whole parts stay.
    """
    begun = time.monotonic()
    roots.check(job.folder)
    Scorer(job.sorter)  # refuses what cannot be scored before anything is read
    place = place_of(job.out, job.folder)
    seen = sources.scan(job.folder, report=report)
    if not seen.files:
        raise no_images(job.folder, seen)
    with alone(place):
        names = parts.begin(place, _basis(job, seen.files))
        missing = parts.missing(_count(job, seen.files), names)
        resumed = len(seen.files) - _files_in(job, missing, len(seen.files))
        if resumed:
            note(f"An earlier run goes on: {resumed:,} of {len(seen.files):,} files are done.")
        counted = _tally(job, place, seen, names, missing)
        _fill(job, place, seen.files, missing, counted, report)
        per_second = (len(seen.files) - resumed) / max(time.monotonic() - begun, 1e-9)
        place.tidy()
        place.write(parts.MANIFEST, _manifest(job, seen, counted))
    seconds = time.monotonic() - begun
    count = _count(job, seen.files)
    return Outcome(counted, place.where, count, seconds, per_second, resumed)


def _basis(job: Job, files: Sequence[FoundFile]) -> dict[str, str]:
    """As on one machine; an address is the same on all, whatever folder stands for it."""
    basis = basis_of(job.folder, job.sorter, job.encoder, files, f"{FORMAT}.{job.part}")
    images = ascii(str(sources.title(job.folder)))
    return basis | {"the folder": images, "the device": str(job.engine.device)}


def _count(job: Job, files: Sequence[FoundFile]) -> int:
    return -(-len(files) // job.part)


def _files_in(job: Job, numbers: Sequence[int], files: int) -> int:
    return sum(min(job.part, files - number * job.part) for number in numbers)


def _tally(job: Job, place: Place, seen: Scan, names: set[str], missing: Sequence[int]) -> Tally:
    """The counts of what the scan could not use, and of the parts that are there."""
    tally = Tally(dict.fromkeys(job.sorter.names, 0))
    tally.reasons.update(why for _, why in seen.problems)
    tally.rejections += seen.problems[:LISTED]
    absent = set(missing)
    for number in range(_count(job, seen.files)):
        if number not in absent:
            parts.add(tally, parts.read_counts(place, number, names, job.review_below))
    return tally


def _fill(
    job: Job,
    place: Place,
    files: Sequence[FoundFile],
    missing: Sequence[int],
    counted: Tally,
    report: Report,
) -> None:
    """Have the missing parts made."""
    done = len(files) - _files_in(job, missing, len(files))
    report.step(STEP, done, len(files))
    if not missing:
        return
    with connected(job.engine.address, job.engine.gpus) as cluster:
        far = away(job.folder, job.encoder)
        at_once = max(1, job.window // job.part)
        for start in range(0, len(missing), at_once):
            some = missing[start : start + at_once]
            with closing(_made(job, place, files, some, far, cluster)) as results:
                for counts in results:
                    if counts is not None:
                        parts.add(counted, counts)
                        done += _files_in(job, [counts.part], len(files))
                    note = f"{counted.rejected:,} rejected" if counted.rejected else ""
                    report.step(STEP, done, len(files), note)


def _made(
    job: Job,
    place: Place,
    files: Sequence[FoundFile],
    numbers: Sequence[int],
    far: Away,
    cluster: Cluster,
) -> Generator[parts.Counts | None, None, None]:
    """The counts of parts as they are written, None now and then in between."""
    from core.embedding.engines.cluster import stages, tables
    from core.embedding.engines.cluster.streaming import streamed
    from core.services.sorter.cluster.scoring import Task, scored

    size = block_size(_files_in(job, numbers, len(files)), cluster)
    sorter = replace(job.sorter, exemplars=None)  # they give reasons only
    task = Task(sorter, place, len(files), job.part, job.review_below)

    def blocks() -> Iterator[Any]:
        for number in numbers:
            inside = files[number * job.part : (number + 1) * job.part]
            for start in range(0, len(inside), size):
                yield tables.of_files(inside[start : start + size], number)

    def dataset() -> Any:
        encoded = stages.encoded(blocks(), far, cluster, job.batch_size, ordered=True)
        return scored(encoded, task, cluster)

    with closing(streamed(dataset)) as results:
        for table in results:
            if table is None:
                yield None
                continue
            yield from map(parts.Counts.from_json, table["counts"].to_pylist())


def _manifest(job: Job, seen: Scan, counted: Tally) -> bytes:
    """What the parts say, for whoever reads them."""
    content = {
        "format": "winnow-predictions",
        "version": 1,
        "model": job.sorter.content.name,
        "encoder": job.encoder.identity,
        "images": str(sources.title(job.folder)),
        "files": len(seen.files),
        "classified": counted.classified,
        "rejected": counted.rejected,
        "review": counted.review,
        "classes": counted.classes,
        "parts": _count(job, seen.files),
        "files_a_part": job.part,
    }
    return json.dumps(content, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace")
