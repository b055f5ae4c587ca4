"""Which words count: the columns that speak beside the pictures, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.project.left_out import WORDS as WITHOUT_WORDS
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.predict.word_template import WordTemplate
from core.services.predict.words import spoken, use_words
from core.ui.prompts import state
from core.ui.prompts.tasks import WORDS, read_words
from core.ui.session import session, tasks, trouble
from core.ui.shared import progress
from core.ui.widgets import presses
from core.ui.widgets.text import plain

_EXAMPLES = 8


def show(snapshot: Snapshot) -> None:
    """Draw the choice of columns with examples, and the switch."""
    st.caption(
        "Titles, keywords or brands can count beside the pictures. How far to trust each is "
        "learned from your labels; an image without words is judged by its picture."
    )
    if snapshot.pool.many:
        st.info(WITHOUT_WORDS)
        return
    table = snapshot.metadata
    names = [name for name in table.names if table.kinds[name] in ("text", "category")]
    names += [name for name in table.names if name not in names]
    if not names:
        session.empty(
            "There are no columns yet. Import a table with a row an image first, such as titles or "
            "keywords.",
            "Import columns on the Data page",
        )
    task = tasks.task(WORDS, snapshot.key)
    if task is not None and task.running:
        progress.watch(task)
        return
    if task is not None and task.status.error:
        st.error(plain(task.status.error))
    _now(snapshot)
    template = _template(snapshot, names)
    wanted = _checked(snapshot, template) if template else None
    if wanted is not None:
        _examples(snapshot, wanted)
    presses.button(
        "Let these words count", "words-use", (state.WORD_COLUMNS, state.WORD_TEMPLATE), _use,
        (snapshot, template), type="primary", icon=":material/chat:",
        disabled=wanted is None or template.strip() == snapshot.words,
        help="Each different text is read once; then predictions are learned anew. Labels stay, "
        "and it can be changed back at any time.",
    )  # fmt: skip


def _now(snapshot: Snapshot) -> None:
    """What counts in this question, and the button that leaves words out."""
    text, button = st.columns([5, 2], vertical_alignment="center")
    if not snapshot.words:
        text.markdown("In this question **pictures alone** count, on all pages and in exports.")
        return
    text.markdown(
        f"In this question words count: **{plain(snapshot.words)}**, on all pages and in exports."
    )
    button.button("Pictures alone", key="words-off", width="stretch", on_click=_off)


def _template(snapshot: Snapshot, names: Sequence[str]) -> str:
    """Ask for columns, or for a template of one's own."""
    try:
        now = [name for name in WordTemplate.parse(snapshot.words).columns if name in names]
    except WinnowError:
        now = []
    columns = st.multiselect(
        "Columns that count", names, default=now, key=state.WORD_COLUMNS,
        placeholder="Choose one or more columns",
    )  # fmt: skip
    plain_one = ". ".join(f"{{{name}}}" for name in columns)
    with st.expander("Put them together in another way"):
        return st.text_input(
            "Template", value=snapshot.words if columns == now and snapshot.words else plain_one,
            key=f"{state.WORD_TEMPLATE}-{'-'.join(columns)}",
            help="Column names stand in braces. An empty column takes the separator before it "
            "along.",
        )  # fmt: skip


def _checked(snapshot: Snapshot, template: str) -> Snapshot | None:
    """The snapshot with these words; None, with a sentence, where they cannot be used."""
    try:
        WordTemplate.parse(template).checked(snapshot.metadata.names)
    except WinnowError as error:
        st.warning(plain(error))
        return None
    return replace(snapshot, words=template)


def _examples(snapshot: Snapshot, speaking: Snapshot) -> None:
    """How many images say something, and what the first few say."""
    words = spoken(speaking)
    rows = [row for row, text in enumerate(words) if text]
    st.markdown(
        f"**{len(rows):,}** of {len(words):,} images say something, "
        f"{len(set(words) - {''}):,} different texts."
    )
    some = rows[:: max(1, len(rows) // _EXAMPLES)][:_EXAMPLES]
    st.dataframe(
        pd.DataFrame(
            {
                "image": [snapshot.pool.paths[row] for row in some],
                "words": [words[row] for row in some],
            }
        ),
        hide_index=True, width="stretch", key="words-examples",
    )  # fmt: skip


def _use(snapshot: Snapshot, template: str) -> None:
    read_words(session.require_project().workspace, snapshot, template)


@trouble.careful
def _off() -> None:
    use_words(session.require_project().workspace, "")
