"""The picture judged by a model file instead of the question that is open."""

from __future__ import annotations

import streamlit as st

from core.images.names import shown
from core.project.snapshot import Snapshot
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.runtime.typed import typed_path
from core.services.sorter.answering import Answering
from core.services.try_one.by_file import FileTrial, answer
from core.sorter.model_file import read
from core.ui.try_one import bars, state
from core.ui.try_one.answer import STYLE, head, listed, safe
from core.ui.try_one.held import Held
from core.ui.widgets.text import plain

QUESTION, FILE = "This question", "A model file"


def ask() -> None:
    """Draw the choice of what judges, and the field for a model file's address."""
    by = st.segmented_control(
        "Judged by", [QUESTION, FILE], default=QUESTION, required=True, key=state.BY
    )
    if by == FILE:
        st.text_input("Model file", key=state.FILE, placeholder="/home/me/shop.winnow")


def named(snapshot: Snapshot) -> tuple[bool, Answering | None]:
    """Whether a model file judges, and that file, ready; None while none is named.

    Raises:
        WinnowError: it cannot be read, lies where this server may not look, or was made with
            another encoder than the collection's.
    """
    if st.session_state.get(state.BY) != FILE:
        return False, None
    typed = (st.session_state.get(state.FILE) or "").strip()
    if not typed:
        return True, None
    path = typed_path(typed)
    roots.check(path)
    try:
        status = path.stat()
    except OSError as error:
        raise WinnowError(f"There is no model file {shown(path)}: check its address.") from error
    mark = (str(path), status.st_size, status.st_mtime_ns, snapshot.encoder.identity)
    before = st.session_state.get(state.FILE_HELD)
    if before is None or before[0] != mark:
        sorter = read(path)
        if sorter.content.encoder.identity != snapshot.encoder.identity:
            raise WinnowError(
                f"{shown(path)} was made with another encoder ({sorter.content.encoder.spec}) than "
                "this collection's: open one that has it, or use winnow try FILE --with."
            )
        before = (mark, Answering(sorter, snapshot.encoder))
        st.session_state[state.FILE_HELD] = before
    answering: Answering = before[1]
    return True, answering


def draw(answering: Answering | None, tried: Held, text: str) -> None:
    """Draw what a model file says."""
    if answering is None:
        st.info("Name a model file on the left: it judges the picture as it would anywhere.")
        return
    trial = answer(answering, tried.picture.vector, text)
    names, probabilities = answering.names, trial.answer.probabilities
    columns = [("All together", probabilities)]
    if trial.text_only is not None:
        columns += [("Picture alone", trial.image_only), ("Words alone", trial.text_only)]
    every = len(names) > bars.FIRST and st.toggle(f"All {len(names)} classes", key=state.EVERY)
    st.html(
        STYLE
        + head(names, probabilities, _set(answering, trial))
        + bars.markup(names, columns, len(names) if every else bars.FIRST)
        + _why(answering, trial)
    )
    if trial.note:
        st.info(plain(trial.note))


def _set(answering: Answering, trial: FileTrial) -> str:
    possible = trial.answer.possible
    if possible is None:
        return ""
    names = [safe(name) for name, inside in zip(answering.names, possible, strict=True) if inside]
    return f"Cannot be ruled out: {', '.join(names)}."


def _why(answering: Answering, trial: FileTrial) -> str:
    near = answering.exemplars(trial.answer.near)
    tags = sorted(trial.answer.tags.items(), key=lambda each: (-each[1]["confidence"], each[0]))[
        : bars.FIRST
    ]
    prompt = trial.answer.prompt
    return (
        listed("Labeled images that look like it", [
            f"{safe(each['path'])} · {safe(each['class'])} · {each['similarity']:.2f}"
            for each in near
        ])
        + listed("Prompt nearest to the picture", [f"“{safe(prompt)}”"] if prompt else [])
        + listed("Tags", [
            f"{safe(code)} · {tag['confidence']:.0%} · {tag['band']}" for code, tag in tags
        ])
    )  # fmt: skip
