"""Near-duplicates while labeling: shown with the image that stands for them, taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.data.duplicates import alike
from core.store.apart import put_together, take_apart
from core.ui.label import state
from core.ui.session import session
from core.ui.widgets import mount, thumbs
from core.ui.widgets.text import plain

_SHOWN = 12  # near-duplicates of one image that a page names


def follow(element: str) -> None:
    """Do what an element asks for: images are not the same picture, or are after all.

    It sends a wish until there is another, so each is met once. A file that refuses is said, and
    the wish comes again with the next answer.
    """
    wish = mount.value(element, "apart")
    if not isinstance(wish, dict) or not isinstance(wish.get("ids"), list):
        return
    done: dict[str, Any] = st.session_state.setdefault(state.APART, {})
    project = session.require_project()
    rows = project.pool().rows
    ids = [i for i in wish["ids"] if isinstance(i, str) and i in rows]
    if done.get(element) == wish.get("number") or len(ids) < 2:
        return
    try:
        (put_together if wish.get("together") is True else take_apart)(project.workspace, ids)
    except WinnowError as error:
        st.error(plain(error))
        return
    done[element] = wish.get("number")


def shown(snapshot: Snapshot, rows: Sequence[int]) -> list[list[dict[str, str]]]:
    """For each image those that are nearly the same, as the elements show them."""
    return [described(snapshot, others[:_SHOWN]) for others in alike(snapshot, rows)]


def described(snapshot: Snapshot, rows: Sequence[int]) -> list[dict[str, str]]:
    """Id, thumb and name of some images."""
    pool = snapshot.pool
    return [
        {
            "id": pool.ids[row],
            "thumb": thumbs.url(snapshot.key, pool.ids[row]),
            "name": pool.files[row][0].path,
        }
        for row in rows
    ]
