"""The Export page's way to classify another folder, by this question or by a model file."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.project.snapshot import Snapshot
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.runtime.typed import typed_path
from core.services.predict.word_template import WordTemplate
from core.services.sorter.loading import announced
from core.services.sorter.words.speech import Speech, of_brought, template_of
from core.sorter.sorter import Sorter
from core.store.metadata.reading import read_brought
from core.ui.export.other import result, state
from core.ui.export.other.tasks import OTHER, Make, Other, latest, of_question, start
from core.ui.session import model_file, session, trouble
from core.ui.shared import progress
from core.ui.widgets import folded, presses, uploads
from core.ui.widgets.text import plain

_THIS, _FILE = "This question, as it is now", "A model file"
_LISTED = 12  # classes of a model file that are named


def section(snapshot: Snapshot | None) -> None:
    """Draw all of it; without a snapshot a model file alone can classify."""
    task = latest(OTHER)
    part = folded.part("Classify another folder", state.OPEN, task is not None or snapshot is None)
    if part is None:
        return
    with part:
        running = task is not None and task.running
        with trouble.in_place():
            _form(snapshot, running)
        if task is None:
            return
        if running:
            progress.watch(task)
        elif isinstance(task.result, Other):
            result.show(task.result)
        elif task.status.error:
            st.error(plain(task.status.error))
        elif task.status.state == "cancelled":
            st.warning("Stopped. Start the same once more and it goes on from there.")


def _form(snapshot: Snapshot | None, running: bool) -> None:
    st.caption(
        "Look at the result first, save it then. Nothing is written beside its images, and no "
        "workspace is made. A run that is stopped goes on when the same is started again."
    )
    images = typed_path(
        st.text_input(
            "Image folder or archive to classify", key="other-folder",
            placeholder="/path/to/photos or /path/to/photos.zip",
        )
    )  # fmt: skip
    by = st.radio(
        "By", [_FILE] if snapshot is None else [_THIS, _FILE], key="other-by", horizontal=True
    )
    sorter = _from_file() if by == _FILE else None
    template = _template(snapshot if by == _THIS else None, sorter)
    speech, why = _speech(template)
    if images != Path() and why is None:
        why = roots.problem(images)
    make = _make(snapshot, sorter, speech is not None) if by == _THIS or sorter else None
    presses.button(
        "Classify", "other-start", ("other-folder", "other-by", "other-model"),
        trouble.careful(start), (images.absolute(), make, speech),
        disabled=running or images == Path() or make is None or why is not None,
    )  # fmt: skip
    if why is not None and not running:
        st.error(plain(why))


def _make(snapshot: Snapshot | None, sorter: Sorter | None, with_words: bool) -> Make:
    """What gives the model once the work runs."""
    if sorter is not None or snapshot is None:
        return lambda _: sorter  # type: ignore[return-value]
    return of_question(session.require_project(), snapshot, with_words)


def _from_file() -> Sorter | None:
    """The model file that is named, with what it holds and what its encoder costs."""
    path = typed_path(
        st.text_input("Model file", key="other-model", placeholder="/path/to/NAME.winnow")
    )
    if path == Path():
        return None
    try:
        sorter = model_file.read_once(path, state.READ)
    except WinnowError as error:
        st.error(plain(error))
        return None
    names, accuracy = sorter.names, sorter.content.accuracy
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    measured = f"accuracy {accuracy.value:.1%}" if accuracy else "accuracy not measured"
    st.caption(plain(f"{len(names):,} classes, {measured}: {', '.join(names[:_LISTED])}{more}"))
    if cost := announced(sorter.content):
        st.warning(plain(cost))
    return sorter


def _template(snapshot: Snapshot | None, sorter: Sorter | None) -> WordTemplate | None:
    """Which columns speak to the model; None where it judges pictures alone."""
    if sorter is not None:
        return template_of(sorter) if sorter.content.words else None
    return WordTemplate.parse(snapshot.words) if snapshot is not None and snapshot.words else None


def _speech(template: WordTemplate | None) -> tuple[Speech | None, str | None]:
    """What a table says of the images, and what is wrong with it."""
    if template is None:
        return None, None
    columns = ", ".join(template.columns)
    reading = uploads.table(
        "Table with words", "other-words", read_brought,
        help=f"A row an image, with the columns {plain(columns)} and one that names the file. "
        "Without a table pictures alone are judged.",
    )  # fmt: skip
    if reading is None:
        st.caption(plain(f"This model reads words too: a table with the columns {columns}."))
        return None, None
    try:
        return of_brought(reading(), template), None
    except WinnowError as error:
        return None, str(error)
