"""A folder of images, classified by a sorter: no workspace, and nothing written beside them.

Files are read and encoded as embedding does it, by the same engine; what comes back is laid into
parts in the order of the listing, and a part that is whole is scored and goes to the disk. Memory
holds the list of files and the few parts that are open.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from core.embedding.engines.base import Engine, Work
from core.embedding.engines.threads import Threads
from core.embedding.reading import Read, read
from core.embedding.run import no_images
from core.encoders.base import Encoder
from core.images.folders.left_out import LeftOut
from core.images.names import located
from core.images.scan import FoundFile, Scan
from core.images.sources import places as sources
from core.runtime import roots
from core.runtime.progress import Report
from core.services.sorter.collecting import Collector, Reading
from core.services.sorter.loading import Note
from core.services.sorter.parts import PART, Parts, parts_in
from core.services.sorter.scoring import Scorer
from core.services.sorter.words.speech import Speech, vectors_of
from core.sorter.arrays import to_arrays
from core.sorter.sorter import Sorter

STEP = "Classifying"
FORMAT = "1"  # of the parts


@dataclass(frozen=True)
class Classified:
    """What a run did.

    Attributes:
        folder: of the images; names: (K,) of the classes; tags: codes of the sorter's tags.
        parts: where the rows are, see `core.services.sorter.collecting.frame_of`.
        problems: (path, reason) of what the scan could not use, beside the files of the parts.
        encoded: files that were handled now and not by an earlier run.
        seconds: of this run.
        spoken: files with words; None where nobody speaks.
    """

    folder: Path
    names: list[str]
    tags: list[str]
    parts: Parts
    problems: list[tuple[str, str]]
    left_out: LeftOut
    encoded: int
    seconds: float
    spoken: int | None = None

    @property
    def per_second(self) -> float:
        """Files a second of this run, scanning and writing included."""
        return self.encoded / self.seconds if self.seconds > 0 else 0.0


@contextmanager
def classified(
    folder: Path,
    sorter: Sorter,
    encoder: Encoder,
    parts: Path,
    report: Report | None = None,
    batch_size: int | None = None,
    engine: Engine | None = None,
    vectors: bool = False,
    note: Note = lambda _: None,
    part: int = PART,
    speech: Speech | None = None,
    stay: bool = False,
) -> Iterator[Classified]:
    """Classify all images of a folder, for the block to take from the parts what it wants.

    An earlier run that was interrupted goes on, if the sorter, the folder and the files (by path,
    size and time) are the same. Its parts stay when the block raises, and go when it ends.

    Args:
        encoder: the one of the sorter, see `core.services.sorter.loading`.
        parts: folder for them, see `core.services.sorter.parts.beside`.
        batch_size: images a forward pass; chosen from the device when None.
        engine: what reads and encodes; threads of this process when None.
        vectors: keep each image's vector with its row.
        note: hears that an earlier run goes on, or why it does not.
        part: files of one part.
        speech: what images say beside their pictures; None: pictures alone are judged.
        stay: the parts stay when the block ends, too; the same run is then done at once.

    Raises:
        WinnowError: no row of a table names an image, the folder holds no images, or the disk is
            full or cannot be written.
        Cancelled: asked to stop; whole parts stay.
    """
    report, begun = report or Report(), time.monotonic()
    roots.check(folder)
    scorer = Scorer(sorter)
    seen = sources.scan(folder, report=report)
    if not seen.files:
        raise no_images(folder, seen)
    basis = basis_of(folder, sorter, encoder, seen.files, f"{FORMAT}.{part}.{int(vectors)}")
    words = _words(folder, seen.files, speech)
    if words is not None:
        basis["the words"] = _digest(f"{path}\0{text}\n" for path, text in words.items())
    with parts_in(parts, basis, len(seen.files), part, stay) as made:
        collector = Collector(
            seen.files, made, scorer, sorter.head.dim, vectors, _reading(words, encoder)
        )
        if sentence := _of_before(made, collector):
            note(sentence)
        work = _work(folder, encoder, batch_size)
        encoded = _fill(
            seen.files, made, collector, engine or Threads(sources.readers(folder)), work, report
        )
        seconds = time.monotonic() - begun
        done = _classified(folder, sorter, scorer, made, seen, encoded, seconds)
        yield done if words is None else replace(done, spoken=sum(map(bool, words.values())))


def _words(
    folder: Path, files: Sequence[FoundFile], speech: Speech | None
) -> dict[str, str] | None:
    """What each file says, by path."""
    if speech is None:
        return None
    paths = [file.path for file in files]
    return dict(zip(paths, speech(folder, paths), strict=True))


def _reading(words: Mapping[str, str] | None, encoder: Encoder) -> Reading | None:
    """Texts are read a part at a time, so that memory does not grow with the folder."""
    if words is None:
        return None
    return lambda paths: vectors_of(encoder, [words[path] for path in paths])


def _classified(
    folder: Path,
    sorter: Sorter,
    scorer: Scorer,
    parts: Parts,
    seen: Scan,
    encoded: int,
    seconds: float,
) -> Classified:
    return Classified(
        folder=folder,
        names=sorter.names,
        tags=scorer.tags,
        parts=parts,
        problems=seen.problems,
        left_out=seen.left_out,
        encoded=encoded,
        seconds=seconds,
    )


def _work(folder: Path, encoder: Encoder, batch_size: int | None) -> Work:
    """What the engine does with each file: nothing is stored, so all are encoded."""

    def read_one(file: FoundFile) -> Read:
        path = located(folder, file.path)
        roots.check(path)
        return read(path, file, {}, (), encoder)

    return Work(read_one, lambda _: False, encoder, batch_size, steady=True)


def _fill(
    files: Sequence[FoundFile],
    parts: Parts,
    collector: Collector,
    engine: Engine,
    work: Work,
    report: Report,
) -> int:
    """Make the parts that are missing; returns how many files that were."""
    missing = collector.missing
    before = len(files) - sum(map(parts.rows, missing))
    to_read = (file for number in missing for file in files[parts.span(number)])
    report.step(STEP, before, len(files))
    with closing(engine.run(to_read, work)) as results:
        for finished in results:
            collector.add(finished)
            note = f"{collector.rejected:,} rejected" if collector.rejected else ""
            report.step(STEP, before + collector.handled, len(files), note)
    return collector.handled


def _of_before(parts: Parts, collector: Collector) -> str:
    """What became of an earlier run that was interrupted; "" without one."""
    if parts.dropped:
        return (
            f"An earlier run was interrupted, but {parts.dropped} was another then: all is done "
            "anew."
        )
    if len(collector.missing) == parts.count:
        return ""
    if not collector.missing:
        return "The same model classified the same images before: none had to be read again."
    files = parts.files - sum(map(parts.rows, collector.missing))
    return f"An interrupted run goes on: {files:,} of {parts.files:,} files are done."


def basis_of(
    folder: Path, sorter: Sorter, encoder: Encoder, files: Sequence[FoundFile], form: str
) -> dict[str, str]:
    """All that the parts follow from: what people call it → a text that tells it.

    Args:
        form: of the parts.
    """
    listed = _digest(f"{file.path}\0{file.size}\0{file.mtime_ns}\n" for file in files)
    return {
        "the model file": digest_of(sorter),
        "the folder": ascii(str(folder)),
        "the list of files": listed,
        "the encoder": encoder.identity,
        "the device": encoder.device,
        "Winnow's version": form,
    }


def _digest(lines: Iterable[str]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for line in lines:
        digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def digest_of(sorter: Sorter) -> str:
    """32 hex digits that change with anything that a sorter says, whatever it is called."""
    content = hashlib.blake2b(digest_size=16)
    # One that is made once more of the same collection says the same.
    passing = {"name", "created", "winnow", "files"}
    document = sorter.content.model_dump(mode="json", exclude=passing)
    content.update(json.dumps(document, sort_keys=True).encode())
    for name, array in sorted(to_arrays(sorter).items()):
        content.update(f"{name} {array.dtype} {array.shape}".encode())
        content.update(array.data.cast("B") if array.size else b"")
    return content.hexdigest()
