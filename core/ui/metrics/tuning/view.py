"""Tuning below the captions: start it, see what came of it, use the tuned encoder, and go back."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.predict.word_template import WordTemplate
from core.services.tuning.managing import base_of, free_name, tuned_on
from core.services.tuning.outcome import Depth, Outcome
from core.services.tuning.towers import possible
from core.ui.metrics.tuning import figures, kept, tasks
from core.ui.session import trouble
from core.ui.session.tasks import task
from core.ui.shared import captions, progress
from core.ui.widgets.text import plain

NAME, WORDS, SOURCE = "tuning-name", "tuning-words", "tuning-source"
DEPTH = "tuning-depth"
_CAPTIONS, _COLUMNS = "Captions", "Columns"
_DEPTHS: dict[Depth, str] = {"adapter": "Quick", "lora": "Deep"}


def show(snapshot: Snapshot) -> None:
    """Draw the section."""
    st.subheader(
        "Tune the model on your words",
        help="Learns from pairs of pictures and words how they go together here. Seven in ten "
        "groups of pairs are learned from; the others choose and judge. It is kept only when "
        "matching improves for sure, and nothing else gets worse.",
    )
    active = snapshot.workspace.encoder
    if active is None:
        return
    try:
        base = base_of(active.spec)
    except WinnowError as error:
        st.error(plain(error))
        return
    _switch(snapshot, active.spec, base)
    if base == active.spec:
        _start(snapshot)
    running = task(tasks.TUNING, snapshot.workspace.collection.key)
    if running is not None and running.running:
        progress.watch(running)
    elif running is not None and running.status.error:
        st.error(plain(running.status.error))
    elif running is not None and isinstance(running.result, Outcome):
        figures.outcome(snapshot, running.result)
    kept.show(base, active.spec)


def _switch(snapshot: Snapshot, active: str, base: str) -> None:
    """Which encoder is in use, and those that can be taken instead."""
    names = [f"tuned:{header.name}" for header in tuned_on(base)]
    if not names:
        return
    choices = list(dict.fromkeys([base, *names, active]))
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    wanted = left.selectbox(
        "Model in use", choices, index=choices.index(active), key=f"tuning-use-{active}",
        help="Labels, prompts and captions stay whichever is in use. Pictures are read again only "
        "for a model that was tuned deep.",
    )  # fmt: skip
    right.button(
        "Use it", key="tuning-switch", disabled=wanted == active, width="stretch",
        on_click=trouble.careful(_use), args=(f"tuning-use-{active}",),
    )  # fmt: skip
    if active != base:
        st.button(
            f"Back to {plain(base)}", key="tuning-back", icon=":material/undo:",
            on_click=trouble.careful(tasks.start_using), args=(base,),
        )  # fmt: skip
    moving = task(tasks.USING, snapshot.workspace.collection.key)
    if moving is not None and moving.running:
        progress.watch(moving)
    elif moving is not None and moving.status.error:
        st.error(plain(moving.status.error))


def _use(key: str) -> None:
    tasks.start_using(st.session_state[key])


def _start(snapshot: Snapshot) -> None:
    """What to learn from, and the button."""
    sources = [_CAPTIONS] if captions.of(snapshot) else []
    sources += [_COLUMNS] if snapshot.metadata.names else []
    if not sources:
        return  # above it is said that words are missing, and where they come from
    running = task(tasks.TUNING, snapshot.workspace.collection.key)
    busy = running is not None and running.running
    assert snapshot.workspace.encoder is not None
    if possible(snapshot.workspace.encoder.spec):
        st.segmented_control(
            "How deep", list(_DEPTHS), default="adapter", required=True, key=DEPTH,
            format_func=lambda depth: _DEPTHS[depth],
            help="Quick puts maps on top of the vectors there are: minutes at most. Deep changes "
            "the model's own layers (LoRA): it reads the pictures again and takes a GPU to be "
            "fast. Stopped, it goes on where it was when it is started again.",
        )  # fmt: skip
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    words = None
    if st.session_state.get(SOURCE, sources[0]) == _COLUMNS or sources == [_COLUMNS]:
        words = _template(snapshot)
    left.segmented_control("Learn from", sources, default=sources[0], required=True, key=SOURCE)
    middle.text_input(
        "Name of the tuned model", free_name(snapshot.workspace.images.name), key=NAME
    )
    right.button(
        "Tune", key="tuning-start", disabled=busy or words == "", width="stretch",
        on_click=trouble.careful(_begin), args=(snapshot,),
    )  # fmt: skip


def _begin(snapshot: Snapshot) -> None:
    """Start with what the fields hold now, which may be newer than what was drawn last."""
    state = st.session_state
    words = state[WORDS] if state[SOURCE] == _COLUMNS else None
    tasks.start_tuning(snapshot, state[NAME], words, state.get(DEPTH, "adapter"))


def _template(snapshot: Snapshot) -> str:
    """The template of columns that speak; "" while it is none."""
    names = snapshot.metadata.names
    text = st.text_input(
        "Which columns speak", f"{{{names[0]}}}", key=WORDS,
        help="Names of columns in braces, such as {title}. {keywords}",
    )  # fmt: skip
    try:
        WordTemplate.parse(text).checked(names)
    except WinnowError as error:
        st.error(plain(error))
        return ""
    return text
