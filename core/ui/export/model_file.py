"""The Export page's model file: what it would hold, the making of it, and what came of it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.export.destination import size_text
from core.learn.predictions import Predictions
from core.project.snapshot import Snapshot
from core.runtime import roots
from core.runtime.background import Task
from core.runtime.errors import WinnowError
from core.services.export.measuring import LEAST, measure
from core.services.sorter.words.heads import WORDS_GO
from core.sorter.model_file import SUFFIX
from core.sorter.schema import MOST_EXEMPLARS, Content
from core.store.people.roles import EXPORT
from core.ui.export import places, state
from core.ui.export.tasks import MODEL, ModelFile, start_model
from core.ui.session import rights, session, tasks, trouble
from core.ui.shared import progress
from core.ui.widgets import folded, numbers, presses
from core.ui.widgets.numbers import Number
from core.ui.widgets.text import plain

_MOST_BYTES = 300_000_000  # of a file that is handed to a browser through memory
_HEADS = {
    "prompts": "from the prompts alone, for nothing is labeled",
    "plain": "learned from the labels",
    "distilled": "learned from the labels and from what look-alikes made of them here",
}


def section(snapshot: Snapshot, predictions: Predictions) -> None:
    """Draw all of it."""
    task = tasks.task(MODEL, snapshot.key)
    title = "Model file: take what was learned elsewhere"
    part = folded.part(title, state.MODEL_OPEN, task is not None)
    if part is None:
        return
    with part:
        if task is not None and isinstance(task.result, ModelFile):
            places.renew(state.MODEL_TYPED, task.result.path)
        running = task is not None and task.running
        with trouble.in_place():
            _preview(snapshot, predictions)
            _make(snapshot, running)
        if task is not None and running:
            progress.watch(task)
        else:
            _ended(task)


def _preview(snapshot: Snapshot, predictions: Predictions) -> None:
    """What the file would hold."""
    labeled, audit = int(predictions.labeled.sum()), len(predictions.audit)
    st.markdown(
        "One file with the classes and what was learned of them. It classifies other folders, here "
        "or on another machine, without these images and labels; nothing in it can run code."
    )
    numbers.show([
        Number("Classes", f"{len(predictions.names):,}"),
        Number("Labeled images", f"{labeled:,}"),
        Number("Examples take", size_text(_examples(snapshot))),
        Number("Accuracy here", _accuracy(predictions)),
    ])  # fmt: skip
    if snapshot.words:
        st.caption(WORDS_GO)
    if audit < LEAST:
        st.caption(
            f"The file will state no accuracy: {audit} random images are labeled and {LEAST} are "
            "needed. Label some random images first, if others are to rely on it."
        )
    else:
        st.caption(
            f"How good the model in the file is, without the help of neighbours, is measured on "
            f"the {audit:,} labeled random images when it is made."
        )


def _examples(snapshot: Snapshot) -> int:
    """Bytes of the vectors of images with a class, as the file holds them."""
    return min(int((snapshot.human >= 0).sum()), MOST_EXEMPLARS) * snapshot.encoder.dim * 2


def _accuracy(predictions: Predictions) -> str:
    measured = measure(predictions, None)
    if measured is None:
        return "not measured"
    low, high = measured.metrics["accuracy_low"], measured.metrics["accuracy_high"]
    return f"{measured.metrics['accuracy']:.0%} ({low:.0%}–{high:.0%})"


def _make(snapshot: Snapshot, running: bool) -> None:
    """The choices, the place, and the button."""
    left, right = st.columns(2)
    exemplars = left.toggle(
        "With examples", True, key="model-exemplars",
        help="Vectors and paths of the labeled images, no pictures: for reasons (“it looks like "
        "these”) and search.",
    )  # fmt: skip
    has_tags = bool(session.require_project().tag_file.tags().tags)
    with_tags = right.toggle(
        "With tags", has_tags, key="model-tags", disabled=not has_tags,
        help="The tags with their thresholds and what their labels taught."
        if has_tags else "There are no tags.",
    )  # fmt: skip
    places.field(
        "New model file to write", state.MODEL_OUT, state.MODEL_TYPED,
        places.proposal(snapshot.workspace, SUFFIX), "Nothing is ever overwritten.",
    )  # fmt: skip
    out = places.value(state.MODEL_OUT)
    why = None if running else _problem(out)
    presses.button(
        "Make the model file", "model-make", (state.MODEL_OUT, "model-exemplars", "model-tags"),
        trouble.careful(_start), (snapshot, out, exemplars, with_tags and has_tags),
        **rights.closed(EXPORT, disabled=running or why is not None),
    )  # fmt: skip
    if why is not None:
        st.error(plain(why))


def _problem(out: Path) -> str | None:
    """Why nothing can be written there."""
    if out == Path():
        return "Name a file to write."
    if out.suffix != SUFFIX:
        return f"A model file ends with {SUFFIX}: name it so."
    try:
        roots.check(out)
    except WinnowError as error:
        return str(error)
    return f"{out} is there already: choose another name." if out.exists() else None


def _start(snapshot: Snapshot, out: Path, exemplars: bool, with_tags: bool) -> None:
    # A label may have come since the page was drawn.
    project = session.require_project()
    start_model(project, project.snapshot(snapshot.classes), out, exemplars, with_tags)


def _ended(task: Task | None) -> None:
    """What came of the last making."""
    if task is None:
        return
    if isinstance(task.result, ModelFile):
        _made(task.result)
    elif task.status.error:
        st.error(plain(task.status.error))
    elif task.status.state == "cancelled":
        st.warning("Stopped; nothing was written.")


def _made(made: ModelFile) -> None:
    st.success(f"Written to {plain(made.path)} ({size_text(made.size)})")
    st.markdown(facts(made.content))
    if made.size <= _MOST_BYTES and made.path.is_file():
        st.download_button(
            "Download the file", made.path.read_bytes(), made.path.name, "application/zip",
            key="model-download", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    with st.popover("Model card", key="model-card"):
        st.code(made.card, language="markdown", wrap_lines=True)


def facts(content: Content) -> str:
    """What a model file holds, as a list in Markdown."""
    accuracy, head = content.accuracy, content.head
    lines = [
        f"{len(content.classes):,} classes, {content.labels.count:,} labels, "
        f"{content.images:,} images, encoder {plain(content.encoder.title)}",
        f"The model is {_HEADS[head.kind]}",
    ]
    if head.agreement is not None and head.plain_agreement is not None:
        lines[-1] += (
            f"; of images kept aside it gives {head.agreement:.1%} the class that they have here "
            f"(from labels alone: {head.plain_agreement:.1%})"
        )
    lines.append(
        f"Accuracy {accuracy.value:.1%} ({accuracy.low:.1%} to {accuracy.high:.1%}). "
        f"{plain(content.basis or '')}"
        if accuracy
        else f"Accuracy is not measured: fewer than {LEAST} random images were labeled"
    )
    if content.tags:
        lines.append(f"{len(content.tags) + len(content.derived):,} tags")
    return "\n".join(f"- {line}" for line in lines)
