"""The form for a delivery: its folder, the model that receives it, its fields."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.images.names import shown
from core.project.project import Project
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.runtime.spelling import clean
from core.runtime.typed import typed_path
from core.services.deliveries.field_table import FieldTable, read_fields
from core.services.deliveries.fields import Fields, names_of
from core.services.sorter.loading import announced
from core.services.sorter.making import make_sorter
from core.sorter.sorter import Sorter
from core.ui.deliveries import state
from core.ui.deliveries.tasks import RECEIVE, latest, start_receiving
from core.ui.session import host, model_file, trouble
from core.ui.shared import progress
from core.ui.widgets import presses, uploads
from core.ui.widgets.text import plain

_THIS, _FILE = "This question, as it is now", "A model file"
_Make = Callable[[Report], Sorter]
_OF = (
    "delivery-source", "delivery-by", "delivery-model", "delivery-required", "delivery-field-",
    "delivery-table",
)  # fmt: skip


def section(project: Project | None) -> None:
    """Draw the form, and the progress of what it started."""
    task = latest(RECEIVE)
    running = task is not None and task.running
    with trouble.in_place():
        _form(project, running)
    if task is None:
        return
    if running:
        progress.watch(task)
    elif task.status.error:
        st.error(plain(task.status.error))
    elif task.status.state == "cancelled":
        st.warning("Stopped. Receive the same once more and it goes on from there.")


def _form(project: Project | None, running: bool) -> None:
    source = typed_path(
        st.text_input(
            "Folder or archive of the delivery", key="delivery-source",
            placeholder="/path/to/delivery or /path/to/delivery.zip",
        )
    )  # fmt: skip
    make = _model(project)
    fields, why = _fields()
    if source != Path() and why is None:
        why = roots.problem(source)
    ready = source != Path() and make is not None and fields is not None and why is None
    presses.button(
        "Receive", "delivery-receive", _OF, trouble.careful(_start), (source, make, fields),
        disabled=running or not ready,
    )  # fmt: skip
    if why is not None:
        st.error(plain(why))


def _start(source: Path, make: _Make, fields: Fields) -> None:
    start_receiving(source.absolute(), make, fields)


def _model(project: Project | None) -> _Make | None:
    """What makes the model; None while there is none."""
    usable = project is not None and len(project.pool()) > 0 and not project.classes().problem()
    by = st.radio("By", [_THIS, _FILE] if usable else [_FILE], key="delivery-by", horizontal=True)
    if by == _THIS and project is not None:
        return lambda report: _of_question(project, report)
    path = typed_path(
        st.text_input("Model file", key="delivery-model", placeholder="/path/to/NAME.winnow")
    )
    if path == Path():
        return None
    sorter = model_file.read_once(path, state.READ)
    content = sorter.content
    st.caption(plain(f"{content.name}: {', '.join(content.names[:12])}"))
    if cost := announced(content):
        st.warning(plain(cost))
    return lambda _: sorter


def _of_question(project: Project, report: Report) -> Sorter:
    """A model made of the open question."""
    workspace = project.workspace
    if workspace.encoder is not None:
        project.use(host.shared.encoder(workspace.encoder.spec, report))
    name = "-".join(filter(None, [shown(workspace.images.name) or "images", workspace.question]))
    return make_sorter(project.snapshot(), name, exemplars=False, report=report)


def _fields() -> tuple[Fields | None, str | None]:
    """The fields of the delivery, and what is wrong with them."""
    text = st.text_input(
        "Required fields", key="delivery-required", placeholder="vendor, sku",
        help="Names with commas between them. Each image must have all of them, from the boxes "
        "below or from a table.",
    )  # fmt: skip
    required = names_of(text)
    whole: dict[str, str] = {}
    for name in required:
        value = clean(st.text_input(f"{plain(name)} of all images", key=f"delivery-field-{name}"))
        if value:
            whole[name] = value
    reading = uploads.table("Table with fields of single images", "delivery-table", read_fields)
    try:
        table: FieldTable | None = reading() if reading is not None else None
        fields = Fields(whole, required, table)
        fields.check()
    except WinnowError as error:
        if reading is None:
            lacks = ", ".join(name for name in required if name not in whole)
            return None, f"Fill in {lacks} for all images, or drop a table with these columns."
        return None, str(error)
    return fields, None
