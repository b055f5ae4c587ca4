"""Fields of a delivery as words beside its pictures, for a model file that reads words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from core.images.names import shown
from core.runtime.spelling import same
from core.services.deliveries.fields import Fields, fill
from core.services.deliveries.records import Record, table_of
from core.services.sorter.loading import Note
from core.services.sorter.words.speech import Speech, filled, of_fields, template_of
from core.sorter.sorter import Sorter


def speech_of(sorter: Sorter, fields: Fields, note: Note = lambda _: None) -> Speech | None:
    """What the fields say; None where none of them is a column that the model file reads.

    Raises:
        WinnowError: the template of the model file is wrong.
    """
    if sorter.words is None:
        return None
    template = template_of(sorter)
    columns = fields.table.columns if fields.table else []
    there = {same(name) for name in (*fields.whole, *columns)}
    speaking = [name for name in template.columns if same(name) in there]
    if not speaking:
        return None
    note(f"Fields that count beside the pictures: {', '.join(map(shown, speaking))}.")

    def speak(folder: Path, paths: Sequence[str]) -> list[str]:
        return [filled(template, values) for values in fill(fields, paths, folder).values]

    return speak


def speech_of_record(sorter: Sorter, place: Path, record: Record) -> Speech | None:
    """What the fields of a delivery on record say, as they did when it was received.

    Raises:
        WinnowError: the table of the record is gone or damaged.
    """
    if sorter.words is None:
        return None
    template = template_of(sorter)
    table = table_of(place, record, ["path", "fields"])
    by_path = {path: json.loads(text) for path, text in table.iter_rows()}
    if not any(filled(template, values) for values in by_path.values()):
        return None
    return of_fields(template, by_path)
