"""Prompts: classes and their sentences, with what each would take shown beside it."""

from __future__ import annotations

import streamlit as st

from core.errors import WinnowError
from core.prompts import vocabulary as vocabularies
from core.prompts.preview import ClassPreview, preview
from core.prompts.templates import expand
from core.prompts.vocabulary import Vocabulary
from core.ui import session, thumbs
from core.ui.colours import class_colour
from core.ui.text import plain

PER_PAGE, STRIP = 10, 10


def change(classes: list[tuple[str, tuple[str, ...]]]) -> None:
    """Keep an edited vocabulary."""
    project.save_vocabulary(Vocabulary(tuple(classes)))


def edit_prompts(index: int, key: str) -> None:
    name = vocabulary.names[index]
    lines = st.session_state[key].splitlines()
    edited = Vocabulary.of({name: lines}).classes[0]
    change([edited if i == index else c for i, c in enumerate(vocabulary.classes)])


def rename(index: int, key: str) -> None:
    old, new = vocabulary.names[index], vocabularies.clean(st.session_state[key])
    try:
        if new and new != old:
            project.rename_class(old, new, session.annotator())
    except WinnowError as error:
        st.session_state["prompts-error"] = str(error)
    if not new or "prompts-error" in st.session_state:
        st.session_state[key] = old


def remove(index: int) -> None:
    change([c for i, c in enumerate(vocabulary.classes) if i != index])


def add() -> None:
    text = st.session_state["new-classes"]
    taken = {name.casefold() for name in vocabulary.names}
    names = [vocabularies.clean(n) for n in text.replace("\n", ",").split(",")]
    fresh = list(dict.fromkeys(n for n in names if n and n.casefold() not in taken))
    change([*vocabulary.classes, *((n, expand(n)) for n in fresh)])
    st.session_state["new-classes"] = ""
    if not fresh and any(names):
        st.session_state["prompts-error"] = "Those classes are there already."


def load_file() -> None:
    file = st.session_state["prompts-file"]
    try:
        if file is not None:
            text = file.getvalue().decode("utf-8-sig")
            project.save_vocabulary(vocabularies.parse(text, file.name).checked(file.name))
    except UnicodeDecodeError:
        st.session_state["prompts-error"] = (
            f"{file.name} is no UTF-8 text: save it as YAML in UTF-8."
        )
    except WinnowError as error:
        st.session_state["prompts-error"] = str(error)


def strip(title: str, rows: list[int], column: int, help_text: str) -> None:
    st.caption(title, help=help_text)
    captions = [f"{predictions.probabilities[r, column]:.0%}" for r in rows]
    ids, titles = [pool.ids[r] for r in rows], [pool.files[r][0].path for r in rows]
    thumbs.show(project, ids, captions, titles, size=84, strip=True)


def class_row(index: int, shown: ClassPreview | None) -> None:
    name, prompts = vocabulary.classes[index]
    edit, pictures = st.columns([2, 5])
    with edit:
        top = st.columns([5, 1], vertical_alignment="bottom")
        mark = f"name-{name}"
        top[0].text_input("Class", name, key=mark, on_change=rename, args=(index, mark))
        top[1].button(
            "", icon=":material/delete:", key=f"remove-{name}", on_click=remove, args=(index,),
            help=f"Remove the class {name}; its labels are kept.",
        )  # fmt: skip
        key = f"prompts-{name}"
        st.text_area(
            "Prompts, one a line", "\n".join(prompts), key=key, on_change=edit_prompts,
            args=(index, key), height=110,
        )  # fmt: skip
    with pictures:
        if shown is None or predictions is None:
            return
        share = shown.count / max(len(pool), 1)
        dot = f':color[●]{{foreground="{class_colour(index)}"}}'
        st.markdown(f"{dot} takes **{shown.count:,}** images ({share:.1%})")
        strip("Surest", shown.top.tolist(), index, "The images this class takes first.")
        strip("Least certain", shown.uncertain.tolist(), index, "On the border to another class.")


st.title("Prompts")
project = session.require_project()
vocabulary = project.vocabulary()
pool = session.require_pool(project)
session.require_encoder(project)
tools = st.columns([8, 2, 2], vertical_alignment="bottom")
tools[0].text_input(
    "Add classes", key="new-classes", on_change=add, placeholder="packaged, unpackaged",
    help="Names with commas between them; each starts with prompts that you can change.",
)  # fmt: skip
with tools[1].popover("Load", icon=":material/upload:", width="stretch"):
    st.file_uploader("prompts.yaml", type=["yaml", "yml"], key="prompts-file", on_change=load_file)
tools[2].download_button(
    "Download", vocabularies.dump(vocabulary), "prompts.yaml", icon=":material/download:",
    key="prompts-save", width="stretch", help="Download the classes as prompts.yaml.",
)  # fmt: skip
if error := st.session_state.pop("prompts-error", None):
    st.error(plain(error))
predictions = None
previews: list[ClassPreview | None] = [None] * len(vocabulary.classes)
if problem := vocabulary.problem():
    st.info(plain(problem))
else:
    predictions = project.predict(vocabulary)
    previews = list(preview(predictions.probabilities, STRIP))
    basis = "prompts alone" if predictions.model == "prompt" else "prompts and labels"
    st.caption(
        f"{len(pool):,} images, decided by {basis}. Edits are saved at once; the preview follows."
    )
pages = -(-len(vocabulary.classes) // PER_PAGE)
start = (st.pagination(pages, key="prompts-page") - 1) * PER_PAGE if pages > 1 else 0
for index in range(start, min(start + PER_PAGE, len(vocabulary.classes))):
    with st.container(border=True, key=f"class-{vocabulary.names[index]}"):
        class_row(index, previews[index])
