"""A delivery: classified by a model file, watched, compared with earlier ones, recorded."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from core.encoders.base import Encoder
from core.images.names import as_text, shown
from core.learn.asking import audit
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.services.deliveries import records
from core.services.deliveries.changed import vectors_of
from core.services.deliveries.earlier import Before, came_before
from core.services.deliveries.fields import Fields, Filled, fill
from core.services.deliveries.records import COLUMNS, Record, ShareRow
from core.services.deliveries.speaking import speech_of
from core.services.sorter.classifying import Classified, classified, digest_of
from core.services.sorter.loading import Note
from core.services.sorter.results import rejected
from core.sorter.model_file import write
from core.sorter.sorter import Sorter
from core.sorter.verdict import Watched, labels_to_prove, watch


@dataclass(frozen=True, eq=False)
class Delivery:
    """What came of a delivery.

    Attributes:
        frame: a row for each file that could be used, rising by path, columns as of
            `core.services.deliveries.records.COLUMNS`: ``duplicate`` is "exact", "near" or null,
            ``duplicate_of`` says of what; ``unlike`` is the image's place among those that are
            least like what is known, from 1; ``ask`` its place in the order in which labels prove
            the accuracy; ``fields`` a JSON object. Of files of one content only the first has a
            place.
        filled: its fields; problems: (path, reason) of files of no use.
        before: when the same delivery was received already, ISO 8601; "" when it was not.
    """

    record: Record
    frame: pl.DataFrame
    filled: Filled
    problems: list[tuple[str, str]]
    before: str = ""


def receive(
    folder: Path,
    sorter: Sorter,
    encoder: Encoder,
    fields: Fields,
    deliveries: Path,
    name: str,
    report: Report | None = None,
    batch_size: int | None = None,
    note: Note = lambda _: None,
) -> Delivery:
    """Receive a folder of images; a run that is interrupted goes on when it is started again.

    The same images under the same paths are the same delivery: it is compared with what came before
    it first came, and its record is renewed.

    Args:
        encoder: the one of the sorter, see `core.services.sorter.loading`.
        deliveries: folder of the records, outside of the images.
        name: what people call the delivery.
        note: hears sentences that are worth knowing.

    Raises:
        WinnowError: a required field is nowhere, the folder holds no images that can be used, a
            record is damaged, or the disk is full.
        Cancelled: asked to stop.
    """
    report = report or Report()
    fields.check()
    _check_place(deliveries, folder)
    parts = deliveries / f".{hashlib.blake2b(os.fsencode(folder), digest_size=8).hexdigest()}.parts"
    with classified(
        folder, sorter, encoder, parts, report, batch_size, vectors=True, note=note,
        speech=speech_of(sorter, fields, note),
    ) as done:  # fmt: skip
        frame = _usable(done)
        key, earlier = records.key_of(name, frame), records.records(deliveries)
        same = next((record for record in earlier if record.key == key), None)
        received = same.received if same else datetime.now(UTC).isoformat(timespec="microseconds")
        earlier = [one for one in earlier if one.key != key and one.received < received]
        distinct = frame.unique("id", keep="first", maintain_order=True)
        report.step("Comparing with the collection")
        watched = _watched(distinct, sorter, done.spoken)
        before = came_before(distinct, earlier, deliveries, encoder.identity, report)
        filled = fill(fields, frame["path"].to_list(), folder)
        problems = list(rejected(done))
        ask = labels_to_prove(sorter, len(distinct))
        table = _table(frame, distinct, done.names, watched, before, ask, filled)
        record = _record(folder, sorter, key, name, received, watched)
        record = record.model_copy(
            update={
                "images": len(frame),
                "copies": len(frame) - len(distinct),
                "rejected": len(problems),
                "exact": sum(one.kind == "exact" for one in before.values()),
                "near": sum(one.kind == "near" for one in before.values()),
                "ask": ask,
                "fields": dict(fields.whole),
                "required": list(fields.required),
                "missing": sum(map(bool, filled.missing)),
                "steps": same.steps if same else [],
            }
        )
        model = records.model_of(deliveries, record)
        if not model.exists():
            write(sorter, model)
        record = records.save(deliveries, record, table)
    return Delivery(record, table, filled, problems, same.received if same else "")


def _check_place(deliveries: Path, folder: Path) -> None:
    real, images = deliveries.resolve(), folder.resolve()
    if real == images or images in real.parents:
        raise WinnowError(
            f"{shown(deliveries)} lies in the image folder {shown(folder)}, where nothing is "
            "written: name a folder outside of it with --deliveries."
        )


def _usable(done: Classified) -> pl.DataFrame:
    usable = [frame.filter(pl.col("problem").is_null()) for frame in done.parts.frames()]
    frame = pl.concat(usable)
    if not len(frame):
        raise WinnowError(
            f"None of the files of {shown(done.folder)} can be used as an image: the delivery is "
            "empty or damaged."
        )
    return frame


def _watched(distinct: pl.DataFrame, sorter: Sorter, spoken: int | None) -> Watched:
    """How it differs, by pictures alone: of earlier images the file knows nothing else."""
    count = len(sorter.names)
    vectors = vectors_of(distinct).astype(np.float32)
    if spoken:
        return watch(sorter, vectors, sorter.head.probabilities(vectors))
    probabilities = distinct.select(f"p{number}" for number in range(count)).to_numpy()
    return watch(sorter, vectors, np.ascontiguousarray(probabilities))


def _table(
    frame: pl.DataFrame,
    distinct: pl.DataFrame,
    names: list[str],
    watched: Watched,
    before: Mapping[int, Before],
    ask: int | None,
    filled: Filled,
) -> pl.DataFrame:
    ids = distinct["id"].to_list()
    of_id = {ids[row]: one for row, one in before.items()}
    duplicates = [of_id.get(image_id) for image_id in frame["id"]]
    paths = distinct["path"].to_list()
    unlike = {paths[row]: place for place, row in enumerate(watched.unlike.rows.tolist(), 1)}
    asked = {paths[row]: place for place, row in enumerate(audit.order(ids)[: ask or 0], 1)}
    columns = {
        "path": frame["path"],
        "id": frame["id"],
        "phash": frame["phash"],
        "vector": frame["vector"],
        "class": pl.Series(names, dtype=pl.String).gather(frame["class"]),
        "probability": frame["probability"],
        "duplicate": [one.kind if one else None for one in duplicates],
        "duplicate_of": [one.text if one else None for one in duplicates],
        "unlike": [unlike.get(path) for path in frame["path"]],
        "ask": [asked.get(path) for path in frame["path"]],
        "fields": [json.dumps(values, ensure_ascii=False) for values in filled.values],
    }
    return pl.DataFrame(columns, schema=COLUMNS)


def _record(
    folder: Path, sorter: Sorter, key: str, name: str, received: str, watched: Watched
) -> Record:
    accuracy = sorter.content.accuracy
    return Record(
        key=key,
        name=as_text(name),
        folder=as_text(str(folder.absolute())),
        received=received,
        model=sorter.content.name,
        digest=digest_of(sorter),
        encoder=sorter.content.encoder.identity,
        images=0,
        copies=0,
        rejected=0,
        kind=watched.kind,
        sentences=watched.sentences,
        shares=[
            ShareRow(
                name=one.name, images=one.images, share=one.share, low=one.low, high=one.high,
                before=one.before, moved=one.moved,
            )
            for one in watched.shares
        ],
        unlike=min(1.0, watched.unlike.share),
        would_show=watched.would_show,
        exact=0,
        near=0,
        ask=None,
        accuracy=(accuracy.value, accuracy.low, accuracy.high) if accuracy else None,
        fields={},
        required=[],
        missing=0,
    )  # fmt: skip
