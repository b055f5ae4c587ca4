"""Which images two model files see differently, with their pictures."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from core.runtime import roots
from core.runtime.errors import WinnowError
from core.runtime.typed import typed_path
from core.services.deliveries.changed import Changed, csv_of
from core.sorter.sorter import Sorter
from core.ui.deliveries import gallery, state
from core.ui.deliveries.tasks import COMPARE, Compared, latest, start_comparing
from core.ui.session import model_file, trouble
from core.ui.shared import progress
from core.ui.widgets import presses
from core.ui.widgets.text import plain

_PAIRS = 200


def section() -> None:
    """Draw the form and what came of it."""
    task = latest(COMPARE)
    with st.expander("What changed between two model files", expanded=task is not None):
        running = task is not None and task.running
        with trouble.in_place():
            _form(running)
        if task is None:
            return
        if running:
            progress.watch(task)
        elif isinstance(task.result, Compared):
            _result(task.result)
        elif task.status.error:
            st.error(plain(task.status.error))
        elif task.status.state == "cancelled":
            st.warning("Stopped. Compare the same once more and it goes on from there.")


def _form(running: bool) -> None:
    source = _path("Folder or archive to compare on", "changed-source", "/path/to/photos")
    before = _path("Earlier model file", "changed-before", "/path/to/BEFORE.winnow")
    after = _path("Later model file", "changed-after", "/path/to/AFTER.winnow")
    both: tuple[Sorter, Sorter] | None = None
    why = None
    try:
        if Path() not in (source, before, after):
            roots.check(source)
            if not source.exists():
                raise WinnowError(f"{source} does not exist: check its name.")
            both = (
                model_file.read_once(before, state.EARLIER),
                model_file.read_once(after, state.LATER),
            )
    except WinnowError as error:
        why = str(error)
    presses.button(
        "Compare", "changed-start", ("changed-source", "changed-before", "changed-after"),
        trouble.careful(start_comparing), (source.absolute(), *(both or ())),
        disabled=running or both is None,
    )  # fmt: skip
    if why is not None:
        st.error(plain(why))


def _path(label: str, key: str, example: str) -> Path:
    return typed_path(st.text_input(label, key=key, placeholder=example))


def _result(compared: Compared) -> None:
    changed = compared.changed
    st.markdown(f"**{len(changed.flips):,}** of {changed.images:,} images are given another class.")
    if not changed.flips:
        return
    pairs = list(changed.pairs.items())[:_PAIRS]
    table = pd.DataFrame(
        [(old, new, count) for (old, new), count in pairs], columns=["from", "to", "images"]
    )
    st.dataframe(table, hide_index=True, width="stretch", key="changed-pairs")
    _pictures(compared, changed)
    st.download_button(
        "Download all of them", lambda: csv_of(changed.flips, csv_safe=True), "changed.csv",
        "text/csv", key="changed-rows", icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _pictures(compared: Compared, changed: Changed) -> None:
    """Those of one pair of classes, the surest first, with how probable either class is."""
    pairs = list(changed.pairs)[:_PAIRS]
    place = st.selectbox(
        "Pictures", range(len(pairs)), key="changed-pair",
        format_func=lambda at: f"{pairs[at][0]} → {pairs[at][1]} ({changed.pairs[pairs[at]]:,})",
    )  # fmt: skip
    flips = [flip for flip in changed.flips if (flip.before, flip.after) == pairs[place]]
    flips.sort(key=lambda flip: (-flip.probability_after, flip.path))
    gallery.show(
        "changed", compared.folder, [(flip.path, flip.image_id) for flip in flips],
        [f"{flip.probability_before:.0%} → {flip.probability_after:.0%}" for flip in flips],
    )  # fmt: skip
