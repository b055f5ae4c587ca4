"""Which level of the folders names the classes of a question: chosen once, for all pages."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.images.names import shown
from core.project.snapshot import Snapshot
from core.services.data.folder_level import read_level, save_level
from core.services.data.folders import MOST_LEVEL, Naming, depth, naming, of_pool, part
from core.ui.session import session, trouble
from core.ui.widgets.text import plain

_NAMED, _LISTED = 4, 500
_ANY = 0  # the choice of no single level


def choose(snapshot: Snapshot, place: str) -> Naming:
    """Ask for the level; what its names say of the classes.

    Args:
        place: begins the keys of the widgets; each page has its own.

    Raises:
        WinnowError: what was chosen before cannot be read.
    """
    folders = of_pool(snapshot)
    level = read_level(snapshot.workspace)
    deepest = depth(folders)
    levels = [_ANY, *range(1, deepest + 1)]
    if level is not None and level > deepest:  # the images of that depth are gone
        levels.append(level)
    key = f"{place}-folder-level"
    st.session_state[key] = level or _ANY  # it may have been chosen on another page
    st.selectbox(
        "Which folders name the classes", levels, key=key, on_change=trouble.careful(_save),
        args=(key,), format_func=lambda one: _title(one, folders),
        help="Of fruit/apple/1.jpg level 1 is fruit and level 2 apple. Each question has its own.",
    )  # fmt: skip
    return naming(folders, snapshot.names, level)


def _save(key: str) -> None:
    save_level(session.require_project().workspace, st.session_state[key] or None)


def _title(level: int, folders: Mapping[str, int]) -> str:
    if level == _ANY:
        return "The innermost folder that is a class"
    names = dict.fromkeys(filter(None, (part(folder, level) for folder in folders)))
    first = ", ".join(shown(name) for name in list(names)[:_NAMED])
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"Level {min(level, MOST_LEVEL)}: {first}{more}"


def remarks(seen: Naming, key: str) -> None:
    """Say how many images the folders speak of, and of which they do not."""
    count = seen.images + seen.missed
    st.caption(f"{seen.images:,} of {count:,} images lie in a folder that is named as a class.")
    if seen.respelled:
        pairs = [f"{own!r} as {name!r}" for own, name in list(seen.respelled.items())[:10]]
        more = " …" if len(seen.respelled) > 10 else ""
        st.caption(plain(f"Counted under another spelling: {', '.join(pairs)}{more}."))
    if not seen.outside:
        return
    with st.expander(f"{seen.missed:,} images lie in no class's folder"):
        names = list(seen.outside.items())[:_LISTED]
        st.dataframe(
            pd.DataFrame(
                [(shown(name) or "no such folder", count) for name, count in names],
                columns=["folder", "images"],
            ),
            hide_index=True, width="stretch", key=f"{key}-outside",
        )  # fmt: skip
        if len(seen.outside) > _LISTED:
            st.caption(f"The first {_LISTED} of {len(seen.outside):,} names.")
