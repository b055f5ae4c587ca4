"""Suggestions of the Prompts page: groups that no class explains, template families that suit."""

from __future__ import annotations

import streamlit as st

from core.project.pool import Pool
from core.project.project import Project
from core.prompts.families import Family, proposed, untouched
from core.prompts.templates import expand
from core.prompts.vocabulary import Vocabulary, clean
from core.ui.prompts import bench
from core.ui.session import work
from core.ui.shared import progress
from core.ui.widgets.text import plain


def show(project: Project, pool: Pool, vocabulary: Vocabulary) -> None:
    """Draw the groups that the prompts are least sure of, each with names to add as a class."""
    if problem := vocabulary.problem():
        st.info(plain(problem))
        return
    task = work.suggestions(project, vocabulary)
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
    for number, found in enumerate(task.result):
        with st.container(border=True):
            st.markdown(
                f"**{len(found.rows):,} images**, {found.confidence:.0%} sure on average; "
                f"{found.share:.0%} go to {plain(found.taken)}. "
                f"They look like: {plain(', '.join(found.names))}."
            )
            bench.strip(project, pool, "Most typical", found.rows)
            left, right = st.columns([4, 2], vertical_alignment="bottom")
            left.text_input(
                "Name of a new class", found.names[0], key=f"suggested-{number}",
                label_visibility="collapsed",
            )  # fmt: skip
            right.button(
                "Add as a class", key=f"suggest-add-{number}", width="stretch",
                on_click=_add, args=(project, f"suggested-{number}"),
            )  # fmt: skip


def offer_family(project: Project, vocabulary: Vocabulary) -> None:
    """Say when the class names suit a family of templates; applied only when asked."""
    fitting = proposed(vocabulary.names)
    open_ = [name for name, prompts in vocabulary.classes if untouched(name, prompts)]
    for family in fitting:
        changed = [name for name in open_ if vocabulary.prompts()[name] != [*family.expand(name)]]
        if not changed:
            continue
        text, button = st.columns([5, 2], vertical_alignment="center")
        text.caption(
            f"These names look like **{family.title.lower()}**. {family.advice} For example: "
            f"“{plain('”, “'.join(family.expand(changed[0])))}”."
        )
        button.button(
            f"Use these for {len(changed)} classes", key=f"family-{family.key}", width="stretch",
            on_click=_use, args=(project, family, changed),
            help="Only classes whose prompts nobody has edited; Undo brings the old ones back.",
        )  # fmt: skip


def _use(project: Project, family: Family, names: list[str]) -> None:
    project.save_vocabulary(
        Vocabulary(
            tuple(
                (name, family.expand(name) if name in names else prompts)
                for name, prompts in project.vocabulary().classes
            )
        )
    )


def _add(project: Project, key: str) -> None:
    name, kept = clean(st.session_state[key]), project.vocabulary()
    if name and name.casefold() not in {n.casefold() for n in kept.names}:
        project.save_vocabulary(Vocabulary((*kept.classes, (name, expand(name)))))
        st.toast(f"{name} is a class now.")
