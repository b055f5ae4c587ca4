"""Prompts: classes and their sentences, with what each would take shown while they are typed."""

from __future__ import annotations

import streamlit as st

from core.prompts import vocabulary as vocabularies
from core.prompts.vocabulary import Vocabulary
from core.services.prompts.workbench import bench, worth
from core.ui.prompts import bench as ui
from core.ui.prompts import editing, flips, suggestions
from core.ui.session import session
from core.ui.widgets.text import plain

PER_PAGE = 10
EDIT, COMPARE, SUGGEST = "Edit", "Compare versions", "Suggestions"


def now() -> Vocabulary:
    return project.vocabulary()


def toolbar() -> None:
    versions = project.vocabulary_versions()
    tools = st.columns([6, 2, 2, 2], vertical_alignment="bottom")
    tools[0].text_input(
        "Add classes", key="new-classes", placeholder="packaged, unpackaged",
        on_change=editing.add, args=(project, "new-classes"),
        help="Names with commas between them; each starts with prompts that you can change.",
    )  # fmt: skip
    tools[1].button(
        "Undo", icon=":material/undo:", key="prompts-undo", width="stretch",
        disabled=len(versions) < 2, help="Back to the version before the last change.",
        on_click=editing.undo, args=(project,),
    )  # fmt: skip
    with tools[2].popover("Load", icon=":material/upload:", width="stretch"):
        st.file_uploader(
            "prompts.yaml",
            ["yaml", "yml"],
            key="prompts-file",
            on_change=editing.load,
            args=(project, "prompts-file"),
        )
    tools[3].download_button(
        "Download", vocabularies.dump(now()), "prompts.yaml", icon=":material/download:",
        key="prompts-save", width="stretch", help="Download the classes as prompts.yaml.",
    )  # fmt: skip


@st.fragment
def workbench() -> None:
    editing.take_edits(project)
    toolbar()
    if error := st.session_state.pop(editing.ERROR, None):
        st.error(plain(error))
    vocabulary, shown = now(), None
    if problem := vocabulary.problem():
        st.info(plain(problem))
    else:
        suggestions.offer_family(project, vocabulary)
        shown = bench(project, vocabulary, ui.STRIP)
        agree = ""
        if shown.labeled:
            agree = (
                f" They agree with {shown.right:,} of your {shown.labeled:,} labels "
                f"({shown.low:.0%}–{shown.high:.0%})."
            )
        st.caption(
            f"What the prompts alone say of {len(pool):,} images; every edit is saved.{agree}"
        )
    pages = -(-len(vocabulary.classes) // PER_PAGE)
    start = (st.pagination(pages, key="prompts-page") - 1) * PER_PAGE if pages > 1 else 0
    for index in range(start, min(start + PER_PAGE, len(vocabulary.classes))):
        name, prompts = vocabulary.classes[index]
        with st.container(border=True, key=f"class-{name}"):
            edit, pictures = st.columns([2, 5])
            with edit:
                top = st.columns([5, 1], vertical_alignment="bottom")
                mark = f"name-{name}"
                top[0].text_input(
                    "Class", name, key=mark, on_change=editing.rename, args=(project, name, mark)
                )
                top[1].button(
                    "", icon=":material/delete:", key=f"remove-{name}", on_click=editing.remove,
                    args=(project, name), help=f"Remove the class {name}; its labels are kept.",
                )  # fmt: skip
                ui.prompt_editor(f"prompts-{name}", name, prompts)
                detail = st.toggle("What each prompt is worth", key=f"worth-{name}")
            with pictures:
                if shown is not None:
                    ui.show_preview(project, pool, index, shown)
                if shown is not None and detail:
                    ui.show_contributions(project, pool, worth(project, vocabulary, index))


st.title("Prompts")
project = session.require_project()
pool = session.require_pool(project)
session.require_encoder(project)
mode = st.segmented_control(
    "View", [EDIT, COMPARE, SUGGEST], default=EDIT, required=True, key="prompts-view",
    bind="query-params", label_visibility="collapsed",
)  # fmt: skip
if mode == EDIT:
    workbench()
elif mode == COMPARE:
    flips.show(project, pool)
else:
    suggestions.show(project, pool, now())
