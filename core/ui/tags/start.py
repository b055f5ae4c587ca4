"""The Tags page of a workspace without tags: what they are, and ways to begin."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.project.snapshot import Snapshot
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.tags import reading
from core.tags.edits import GENERAL
from core.ui.tags import editor
from core.ui.widgets.text import plain

FILE = "tags.yaml"


def show(snapshot: Snapshot) -> None:
    """Draw the ways to begin."""
    st.info(
        "A tag is a question with yes or no, such as “does it show a person?”. Every tag is scored "
        "on its own, so an image can have several or none; classes, in contrast, share the images "
        "among them."
    )
    st.text_input(
        "Name your tags", key="tags-first", placeholder="people, a red dress, outdoors",
        on_change=editor.add, args=("tags-first",),
        help="Names or descriptions with commas between them.",
    )  # fmt: skip
    places = st.columns(3)
    with places[0].container(border=True, height="stretch"):
        st.markdown("**Begin with general ones**")
        st.caption(", ".join(tag.words for tag in GENERAL.tags))
        st.button(
            f"Use these {len(GENERAL.tags)} tags", key="tags-begin-general", width="stretch",
            on_click=editor.begin, args=(GENERAL,),
        )  # fmt: skip
    with places[1].container(border=True, height="stretch"):
        names = snapshot.names
        st.markdown("**Begin with your classes**")
        st.caption(
            f"One tag for each: {plain(', '.join(names[:12]))}{', …' if len(names) > 12 else ''}"
            if names
            else "There are no classes yet; write them on the Prompts page."
        )
        st.button(
            f"Use the {len(names)} classes" if names else "Use the classes",
            key="tags-begin-classes", width="stretch", disabled=not names,
            on_click=editor.begin_with_classes, args=(snapshot.classes,),
        )  # fmt: skip
    with places[2].container(border=True, height="stretch"):
        st.markdown("**Begin with a file**")
        _beside_images(snapshot.workspace.images)
        editor.loader("A tags.yaml")


def _beside_images(folder: Path) -> None:
    path = folder / FILE
    if not path.is_file():
        return
    try:
        roots.check(path)
        tags = reading.read(path)
    except WinnowError as error:
        st.warning(plain(error))
        return
    st.button(
        f"Use {FILE} of the image folder: {len(tags.tags)} tags", key="tags-begin-folder",
        width="stretch", on_click=editor.begin, args=(tags,),
    )  # fmt: skip
