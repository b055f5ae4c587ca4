"""What opens above a class while it is merged, split, or removed with labels that hang on it."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.prompts.templates import expand
from core.prompts.vocabulary import Vocabulary, clean
from core.runtime.errors import WinnowError
from core.services.prompts.restructuring import merge_classes
from core.services.prompts.splitting import Parts, Split, preview_split, split_class
from core.ui.prompts import editing, state
from core.ui.session import session, trouble
from core.ui.shared import picks
from core.ui.widgets.text import plain

MERGE, SPLIT = "merge", "split"
_NAMED = 6  # classes that a question names


def toggle(kind: str, name: str) -> None:
    """Open a panel for a class; the same again closes it."""
    now = st.session_state.get(state.PANEL)
    editing.forget_panels()
    if now != (kind, name):
        st.session_state[state.PANEL] = (kind, name)


def show(snapshot: Snapshot, name: str) -> None:
    """Draw what is open for a class."""
    panel = st.session_state.get(state.PANEL)
    if panel == (MERGE, name):
        _merge(snapshot, name)
    elif panel == (SPLIT, name):
        _split(snapshot, name)


def ask() -> None:
    """Ask before classes go that images are labeled with."""
    pending: editing.Pending | None = st.session_state.get(state.PENDING)
    if pending is None:
        return
    if pending.kind == "remove":
        count = sum(pending.labeled.values())
        what = f"{_images(count)} labeled **{plain(pending.name)}**."
        yes = f"Remove {plain(pending.name)}"
    else:
        what = (
            f"{plain(pending.name)} has no class {_listed(pending.labeled)}: "
            f"{_images(sum(pending.labeled.values()))} labeled so."
        )
        yes = "Load the file"
    with st.container(border=True, key="prompts-ask"):
        st.markdown(
            f"{what} Those labels will not count any more, and these images be asked about again. "
            "Undo brings the class back with its labels."
        )
        with st.container(horizontal=True):
            st.button(yes, key="prompts-yes", on_click=editing.confirm)
            st.button("Keep", key="prompts-no", on_click=editing.forget_panels)


def _images(count: int) -> str:
    return "1 image is" if count == 1 else f"{count:,} images are"


def _listed(labeled: dict[str, int]) -> str:
    names = [f"**{plain(name)}** ({count:,})" for name, count in labeled.items()]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _merge(snapshot: Snapshot, name: str) -> None:
    with st.container(border=True, key=f"merging-{name}"):
        others = [other for other in snapshot.names if other != name]
        field, into = state.part_field("merge-with", name), state.part_field("merge-into", name)
        st.multiselect(f"Merge {plain(name)} with", others, key=field)
        st.text_input("Name of the merged class", name, key=into)
        with st.container(horizontal=True):
            st.button(
                "Merge", key=f"merge-now-{name}", on_click=merge,
                args=(name, field, into), disabled=not st.session_state.get(field),
                help="Prompts are joined and labels follow; Undo takes all of it back.",
            )  # fmt: skip
            st.button("Cancel", key=f"merge-no-{name}", on_click=editing.forget_panels)


@trouble.careful
def merge(name: str, field: str, into: str) -> None:
    """Merge a class with those chosen in one field, under the name typed in another."""
    file, target = editing.take_edits(), st.session_state[into]
    names = [name, *st.session_state[field]]
    labels = session.require_project().labels
    merge_classes(file, labels, names, target, session.annotator())
    editing.forget_panels()
    st.session_state[state.OPEN] = clean(target)
    st.toast(f"{len(names)} classes are one now: {plain(target)}.")


def _split(snapshot: Snapshot, name: str) -> None:
    with st.container(border=True, key=f"splitting-{name}"):
        field = state.part_field("split-into", name)
        st.text_area(
            f"What {plain(name)} becomes: a class a line, at least two", key=field, height=110,
            placeholder="trainers: a photo of trainers; running shoes\nboots",
            help="After a colon prompts may follow, with semicolons between them; without any the "
            "class gets the usual ones.",
        )  # fmt: skip
        parts = parts_of(st.session_state.get(field, ""))
        try:
            seen = preview_split(snapshot, name, parts) if parts else None
        except WinnowError as error:
            seen = None
            st.caption(f":material/warning: {plain(error)}")
        _offers(snapshot, name, parts, seen)


def parts_of(text: str) -> Parts:
    """Classes from lines such as ``boots: a photo of boots; winter boots``."""
    parts = []
    for line in text.splitlines():
        name, _, prompts = line.partition(":")
        own = Vocabulary.of({name: prompts.split(";")}).classes[0]
        if own[0]:
            parts.append(own if own[1] else (own[0], expand(own[0])))
    return parts


def _offers(snapshot: Snapshot, name: str, parts: Parts, seen: Split | None) -> None:
    """The ways to split, with what each does to the labels."""
    labeled = seen.labeled if seen else 0
    looked = False
    if seen and labeled:
        st.caption(
            f"{_images(labeled)} labeled {plain(name)}. Nobody knows yet which of the new classes "
            "they are: those labels will not count any more, and these images are asked first."
        )
        if seen.random:
            st.caption(
                f"{_images(seen.random)} random: they measure how good the predictions are, so "
                "they are asked again in any case."
            )
        if any(len(rows) for rows in seen.rows.values()):
            looked = st.toggle(
                "Look at what the prompts say of them, and confirm it",
                key=state.part_field("split-look", name),
            )
    confirmed = _confirm(snapshot, name, seen) if seen and looked else {}
    text = f"Split and label {len(confirmed):,}" if confirmed else "Split"
    with st.container(horizontal=True):
        st.button(
            text, key=f"split-now-{name}", on_click=split,
            args=(name, parts, confirmed), disabled=seen is None,
            help="Undo takes all of it back.",
        )  # fmt: skip
        st.button("Cancel", key=f"split-no-{name}", on_click=editing.forget_panels)


def _confirm(snapshot: Snapshot, name: str, seen: Split) -> dict[str, str]:
    """The images that the prompts give each part, less those that were pressed: id → part."""
    st.caption("Least probable first. Press the pictures that are wrong: those are asked again.")
    confirmed: dict[str, str] = {}
    for number, (part, rows) in enumerate(seen.rows.items()):
        st.markdown(f"**{plain(part)}** · {len(rows):,}")
        if not len(rows):
            continue
        ids, key = [snapshot.pool.ids[row] for row in rows.tolist()], f"split-{name}-{number}"
        out = picks.left_out(key, ids)
        with st.container(height=260, border=False):
            picks.grid(key, snapshot, None, ids)
        confirmed |= {image_id: part for image_id in ids if image_id not in out}
    return confirmed


@trouble.careful
def split(name: str, parts: Parts, confirmed: dict[str, str]) -> None:
    """Split a class, and label the images that were looked at."""
    file, labels = editing.take_edits(), session.require_project().labels
    split_class(file, labels, name, parts, session.annotator(), confirmed)
    editing.forget_panels()
    st.session_state[state.OPEN] = parts[0][0]
    st.toast(f"{plain(name)} is {len(parts)} classes now.")
