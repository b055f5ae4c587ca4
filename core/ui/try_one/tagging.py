"""Tags beside the answer: those of the collection, or of a model file, with their confidence."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.tags.tagging import tagging_of
from core.services.try_one.judge import Seen
from core.services.try_one.tagging import TagAnswer, tag_judge_of, tag_key
from core.ui.session import session, tasks
from core.ui.widgets.text import plain

_KIND = "try-tags"
_PATIENCE = 0.2  # seconds; tags that take longer follow by themselves


def answers(snapshot: Snapshot, seen: Seen) -> list[TagAnswer]:
    """Every tag of the picture, the surest first; none while they are being scored."""
    try:
        tags = session.require_project().tag_file.tags()
    except WinnowError as error:
        st.warning(plain(error))
        return []
    if not tags.tags:
        return []
    tagging = tagging_of(session.require_project())
    task = tasks.once(
        _KIND, snapshot.key, hash(tag_key(snapshot, tagging, tags)), "Tags",
        lambda report: tag_judge_of(snapshot, tagging, tags, report),
    )  # fmt: skip
    task.wait(_PATIENCE)
    if task.running:
        session.follow(
            lambda: not task.running, 1.0,
            lambda: st.caption("The tags are being scored; they follow in a moment."),
        )  # fmt: skip
        return []
    if task.status.error:
        st.warning(plain(task.status.error))
        return []
    return tag_judge_of(snapshot, tagging, tags).answers(seen)


def lines(tags: Sequence[TagAnswer], places: int) -> list[str]:
    """The surest as text: code, confidence, and in which band that is."""
    return [
        f"{one.code} · {one.confidence:.0%} · " + ("by a person" if one.by_people else one.band)
        for one in tags[:places]
    ]
