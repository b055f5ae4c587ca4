"""Suggestions of the Prompts page: groups that no class explains, template families that suit."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.prompts.families import proposed, untouched
from core.prompts.vocabulary import Vocabulary
from core.services.prompts.suggestions import Suggestion
from core.ui.prompts import bench, editing, state
from core.ui.prompts.tasks import suggestions
from core.ui.shared import progress
from core.ui.widgets.text import plain


def show(snapshot: Snapshot) -> None:
    """Draw the groups that the prompts are least sure of, each with names to add as a class."""
    if problem := snapshot.classes.problem():
        st.info(plain(problem))
        return
    task = suggestions(snapshot)
    if task.running:
        progress.watch(task)
        return
    if task.result is None:
        st.error(plain(task.status.error or "The search for groups was stopped."))
        return
    if not task.result:
        st.success("The classes explain every group of images about equally well.")
        return
    st.caption(
        "Groups of look-alike images that the prompts are least sure of. Where one of them is a "
        "class of its own, add it; where it belongs to one, describe it in that class's prompts."
    )
    for number, suggestion in enumerate(task.result):
        with st.container(border=True):
            _card(snapshot, number, suggestion)


def _card(snapshot: Snapshot, number: int, suggestion: Suggestion) -> None:
    st.markdown(
        f"**{len(suggestion.rows):,} images**, {suggestion.confidence:.0%} sure on average; "
        f"{suggestion.share:.0%} go to {plain(suggestion.taken)}. "
        f"They look like: {plain(', '.join(suggestion.names))}."
    )
    bench.strip(snapshot, "Most typical", suggestion.rows)
    left, right = st.columns([4, 2], vertical_alignment="bottom")
    key = state.suggested_field(number)
    left.text_input(
        "Name of a new class", suggestion.names[0], key=key, label_visibility="collapsed"
    )
    right.button(
        "Add as a class", key=f"suggest-add-{number}", width="stretch",
        on_click=editing.add_suggested, args=(key,),
    )  # fmt: skip


def offer_family(classes: Vocabulary) -> None:
    """Say when the class names suit a family of templates; applied only when asked."""
    fitting = proposed(classes.names)
    open_ = [name for name, prompts in classes.classes if untouched(name, prompts)]
    for family in fitting:
        changed = [name for name in open_ if classes.prompts()[name] != [*family.expand(name)]]
        if not changed:
            continue
        text, button = st.columns([5, 2], vertical_alignment="center")
        text.caption(
            f"These names look like **{family.title.lower()}**. {family.advice} For example: "
            f"“{plain('”, “'.join(family.expand(changed[0])))}”."
        )
        button.button(
            f"Use these for {len(changed)} classes", key=f"family-{family.key}", width="stretch",
            on_click=editing.use_family, args=(family, changed),
            help="Only classes whose prompts nobody has edited; Undo brings the old ones back.",
        )  # fmt: skip
