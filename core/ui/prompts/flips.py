"""Two versions of the prompts side by side: only the images that flip."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from core.project.pool import Pool
from core.project.project import Project
from core.services.prompts.workbench import flips
from core.ui.widgets import thumbs
from core.ui.widgets.text import plain

MOST_GROUPS, MOST_IMAGES = 20, 48


def show(project: Project, pool: Pool) -> None:
    """Draw the comparison of two versions, by default the last two."""
    versions = [v for v in project.vocabulary_versions() if v.vocabulary.problem() is None]
    if len(versions) < 2:
        st.info("There is only one version so far: change a prompt, then compare.")
        return
    left, right, back = st.columns([3, 3, 2], vertical_alignment="bottom")
    choices = list(range(len(versions)))[::-1]

    def line(index: int) -> str:
        said = f"{datetime.fromtimestamp(versions[index].time):%d %b %H:%M:%S}"
        return f"Now · {said}" if index == len(versions) - 1 else said

    a = left.selectbox("Before", choices, index=1, format_func=line, key="version-a")
    b = right.selectbox("After", choices, index=0, format_func=line, key="version-b")
    back.button(
        "Go back to “before”", key="version-restore", width="stretch", icon=":material/history:",
        on_click=project.save_vocabulary, args=(versions[a].vocabulary,), disabled=a == choices[0],
        help="The present prompts stay in the list of versions.",
    )  # fmt: skip
    before, after = versions[a].vocabulary, versions[b].vocabulary
    _differences(before.prompts(), after.prompts())
    if before == after:
        st.caption("The two are the same.")
        return
    found = flips(project, before, after)
    st.markdown(f"**{found.changed:,}** of {len(pool):,} images change their class.")
    if found.labeled:
        st.markdown(
            f"On your {found.labeled:,} labels: **{found.right_before:,}** right before, "
            f"**{found.right_after:,}** right after ({found.right_after - found.right_before:+,})."
        )
    else:
        st.caption("There are no labels of these classes yet to say which version is better.")
    for flip in found.flips[:MOST_GROUPS]:
        st.markdown(f"**{plain(flip.before)} → {plain(flip.after)}** · {len(flip.rows):,}")
        rows = flip.rows[:MOST_IMAGES].tolist()
        thumbs.show(
            project,
            [pool.ids[r] for r in rows],
            titles=[pool.files[r][0].path for r in rows],
            size=84,
            strip=True,
        )
    if len(found.flips) > MOST_GROUPS:
        st.caption(f"{len(found.flips) - MOST_GROUPS} smaller groups are not shown.")


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
