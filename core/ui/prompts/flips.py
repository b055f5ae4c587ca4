"""Two versions of the prompts side by side: only the images that flip."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from core.project.snapshot import Snapshot
from core.prompts.comparing import VersionComparison
from core.prompts.history import Version
from core.prompts.vocabulary import Vocabulary
from core.services.prompts.verdict import HELP
from core.services.prompts.workbench import Versions, flips
from core.ui.prompts import editing
from core.ui.session import fitting, session
from core.ui.shared import flip_groups, progress
from core.ui.widgets.text import plain

MOST_GROUPS, MOST_IMAGES = 20, 48


def show(snapshot: Snapshot) -> None:
    """Draw the comparison of two versions, by default the last two."""
    history = session.require_project().vocabulary_file.versions()
    versions = [version for version in history if version.vocabulary.problem() is None]
    if len(versions) < 2:
        st.info("There is only one version so far: change a prompt, then compare.")
        return
    before, after = (version.vocabulary for version in _two_of(versions))
    _differences(before.shown(), after.shown())
    if before == after:
        st.caption("The two are the same.")
        return
    compared = _compared(snapshot, before, after)
    if compared is not None:
        _comparison(snapshot, compared)


def _compared(snapshot: Snapshot, before: Vocabulary, after: Vocabulary) -> Versions | None:
    """Two versions compared; None while those of very many classes are compared behind."""
    if not fitting.is_very_long(snapshot):
        return flips(snapshot, before, after)
    return progress.result_of(
        "flips", snapshot, (snapshot.pool.version, before, after, snapshot.labels.key),
        "Comparing", lambda _: flips(snapshot, before, after),
    )  # fmt: skip


def _two_of(versions: list[Version]) -> tuple[Version, Version]:
    """Ask which versions to compare, and offer the way back to the first of them."""
    left, right, back = st.columns([3, 3, 2], vertical_alignment="bottom")
    choices = list(range(len(versions)))[::-1]

    def line(index: int) -> str:
        time = f"{datetime.fromtimestamp(versions[index].time):%d %b %H:%M:%S}"
        return f"Now · {time}" if index == len(versions) - 1 else time

    a = left.selectbox("Before", choices, index=1, format_func=line, key="version-a")
    b = right.selectbox("After", choices, index=0, format_func=line, key="version-b")
    back.button(
        "Go back to “before”", key="version-restore", width="stretch", icon=":material/history:",
        on_click=editing.restore, args=(versions[a].vocabulary,), disabled=a == choices[0],
        help="The present prompts stay in the list of versions.",
    )  # fmt: skip
    return versions[a], versions[b]


def _comparison(snapshot: Snapshot, versions: Versions) -> None:
    """Which version the random images favour, and the images that change their class."""
    compared, verdict = versions.comparison, versions.verdict
    st.markdown(verdict.sentence("before", "after"), help=HELP)
    if verdict.left_out:
        st.caption(
            f"{verdict.left_out:,} random images are of a class that only one version has, and "
            "take no part."
        )
    for old, new in compared.renamed.items():
        st.caption(f"{plain(old)} is called {plain(new)} now, with the same prompts.")
    st.markdown(f"**{compared.changed:,}** of {len(snapshot):,} images change their class.")
    groups(snapshot, compared)


def groups(snapshot: Snapshot, compared: VersionComparison) -> None:
    """The images that change their class, by where they come from and go to."""
    flip_groups.show(snapshot, compared.flips, MOST_GROUPS, MOST_IMAGES)


def _differences(before: dict[str, list[str]], after: dict[str, list[str]]) -> None:
    """The sentences that differ, class by class."""
    lines = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, []), after.get(name, [])
        gone = [f":red[− {plain(text)}]" for text in old if text not in new]
        come = [f":green[+ {plain(text)}]" for text in new if text not in old]
        if gone or come:
            lines.append(f"**{plain(name)}**: " + " ".join([*gone, *come]))
    if lines:
        st.markdown("  \n".join(lines))
