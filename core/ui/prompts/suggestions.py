"""Suggestions of the Prompts page: groups that no class explains, template families that suit."""

from __future__ import annotations

import streamlit as st

from core.project.snapshot import Snapshot
from core.prompts.families import proposed, untouched
from core.prompts.vocabulary import Vocabulary
from core.services.predict.gaps import gaps
from core.services.prompts.classes import named_by_labels
from core.services.prompts.likeness import Likeness
from core.services.prompts.suggestions import Suggestion
from core.ui.prompts import adopting, bench, editing, state
from core.ui.prompts.tasks import Search, search_again, suggestions
from core.ui.session import fitting
from core.ui.shared import picks, progress
from core.ui.widgets.text import plain

MOST_IDLE = 6  # prompts that are named of those that take nothing
_LISTED = 12  # names of labels that are named one by one


def show(snapshot: Snapshot) -> None:
    """Draw the groups that the prompts are least sure of, each with names to add as a class."""
    if problem := snapshot.classes.problem():
        st.info(plain(problem))
        return
    adopting.undo_rows()
    task = suggestions(snapshot)
    if task.running:
        progress.watch(task)
        return
    search: Search | None = task.result
    text, again = st.columns([6, 2], vertical_alignment="center")
    again.button(
        "Look again", key="suggest-again", icon=":material/refresh:", width="stretch",
        on_click=search_again, args=(snapshot,), help="With the labels given since.",
    )  # fmt: skip
    if search is None:
        text.error(plain(task.status.error or "The search for groups was stopped."))
        return
    _gaps(snapshot, search)
    if not search.groups:
        text.success("The classes explain every group of images about equally well.")
        return
    text.caption(
        "Groups of look-alike images that the prompts are least sure of. Where one of them is a "
        "class of its own, add it; where it belongs to one, add a prompt or labels to that class."
    )
    for number, suggestion in enumerate(search.groups):
        with st.container(border=True):
            _card(snapshot, number, suggestion)


def _gaps(snapshot: Snapshot, search: Search) -> None:
    """Say which classes and prompts take or have nothing."""
    predictions, _ = fitting.predictions(snapshot)
    for sentence in gaps(predictions).sentences():
        st.caption(f":material/warning: {plain(sentence)}")
    if search.idle:
        prompts = ", ".join(f"“{idle.prompt}” ({idle.name})" for idle in search.idle[:MOST_IDLE])
        rest = len(search.idle) - MOST_IDLE
        more = f" and {rest:,} more" if rest > 0 else ""
        st.caption(
            f":material/warning: Alone these prompts would take no image: {plain(prompts)}{more}. "
            "Reword or remove them on Edit."
        )


def _card(snapshot: Snapshot, number: int, suggestion: Suggestion) -> None:
    like = suggestion.like
    seems = f" They look like your class **{plain(like.name)}**." if like else ""
    st.markdown(
        f"**{len(suggestion.rows):,} images**, {suggestion.confidence:.0%} sure on average; "
        f"{suggestion.share:.0%} go to {plain(suggestion.taken)}.{seems}"
    )
    bench.strip(snapshot, "Most typical", suggestion.rows)
    field, *buttons = st.columns([4, 2, 2] if like else [4, 2], vertical_alignment="bottom")
    key = state.suggested_field(number)
    field.text_input(
        "What they show, as a name or a sentence", key=key, placeholder=_idea(suggestion),
        label_visibility="collapsed",
    )  # fmt: skip
    if like:
        buttons[0].button(
            f"Add to {plain(like.name)}", key=f"suggest-prompt-{number}", width="stretch",
            on_click=adopting.as_prompt, args=(key, like.name), icon=":material/add:",
            help=f"What is typed becomes a prompt of {plain(like.name)}.",
        )  # fmt: skip
    buttons[-1].button(
        "Add as a class", key=f"suggest-add-{number}", width="stretch",
        on_click=adopting.as_class, args=(key,),
    )  # fmt: skip
    if like and st.toggle(f"Label them {plain(like.name)}", key=f"suggest-look-{number}"):
        _labels(snapshot, number, like)


def _idea(suggestion: Suggestion) -> str:
    """What the empty field says; words only where no class explains the group better."""
    if suggestion.like or not suggestion.names:
        return "what they show, as a name or a sentence"
    return f"what they show; perhaps {' or '.join(suggestion.names[:2])}"


def _labels(snapshot: Snapshot, number: int, like: Likeness) -> None:
    """The images of a group that nobody answered yet, less those that are left out, to label."""
    answered = set(snapshot.answered.tolist())
    ids = [snapshot.pool.ids[row] for row in like.doubtful.tolist() if row not in answered]
    if not ids:
        st.caption("All of them are labeled.")
        return
    key = f"{adopting.PLACE}-picks-{number}"
    out = picks.left_out(key, ids)
    rest = [image_id for image_id in ids if image_id not in out]
    text, act = st.columns([6, 2], vertical_alignment="center")
    text.caption(
        f"Least probable first: those at the top are the likeliest not to be {plain(like.name)}. "
        "Press a picture to leave it out."
    )
    act.button(
        f"Label {len(rest):,}", key=f"suggest-label-{number}", width="stretch",
        on_click=adopting.as_labels, args=(like.name, rest), disabled=not rest,
        help="Saved at once, undone in one step.",
    )  # fmt: skip
    with st.container(height=360, border=False):
        picks.grid(key, snapshot, fitting.predictions(snapshot)[0], ids)


def offer_labeled(snapshot: Snapshot) -> None:
    """Say which names labels have that are no classes here; added only when asked."""
    named = named_by_labels(snapshot)
    if not named:
        return
    listed = ", ".join(f"{plain(n)} ({count:,})" for n, count in list(named.items())[:_LISTED])
    more = f" and {len(named) - _LISTED:,} more" if len(named) > _LISTED else ""
    text, button = st.columns([5, 2], vertical_alignment="center")
    text.caption(f"Labels name what is no class here, and do not count yet: {listed}{more}.")
    button.button(
        "Add it as a class" if len(named) == 1 else f"Add these {len(named):,} classes",
        key="add-labeled", width="stretch", on_click=editing.add_named, args=(list(named),),
        help="With prompts of the general family; their labels count then.",
    )  # fmt: skip


def offer_family(classes: Vocabulary) -> None:
    """Say when the class names suit a family of templates; applied only when asked."""
    fitting = proposed(classes.names)
    if not fitting:
        return
    written = classes.prompts()
    open_ = [name for name, prompts in classes.classes if untouched(name, prompts)]
    for family in fitting:
        changed = [name for name in open_ if written[name] != [*family.expand(name)]]
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
