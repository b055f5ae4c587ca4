"""The question in which encoding an archive's names are, where several fit: asked beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pandas as pd
import streamlit as st

from core.images.archives import is_archive, names_of, unpacked
from core.images.names import shown
from core.images.unpacking.code_pages import CODE_PAGES, Reading, title_of
from core.runtime import roots
from core.runtime.progress import Report
from core.services.data.receiving import STEP, is_upload_archive, receive
from core.store.places import unpacked_root
from core.store.workspace import check_images
from core.ui.data import state

_SHOWN = 8  # names that are shown as they would be read
Uploads = Sequence[tuple[str, IO[bytes]]]


@dataclass(frozen=True)
class Unsure:
    """An archive whose names fit several encodings.

    Attributes:
        name: what people call it.
        reading: how its names seem to be read.
        unpack: unpacks it with a report and an encoding; returns the folder.
    """

    name: str
    reading: Reading
    unpack: Callable[[Report, str | None], Path]


def opening_path(archive: Path) -> Callable[[Report], Path | Unsure]:
    """What opens an archive on the server, unless it has to be asked about first."""

    archive = archive.expanduser().resolve()

    def unpack(report: Report, encoding: str | None) -> Path:
        return check_images(archive, report, STEP, encoding)

    def work(report: Report) -> Path | Unsure:
        roots.check(archive)
        if is_archive(archive) and unpacked(archive, unpacked_root(archive)) is None:
            reading = names_of(archive)
            if not reading.sure:
                return Unsure(archive.name, reading, unpack)
        return unpack(report, None)

    return work


def opening_uploads(files: Uploads) -> Callable[[Report], Path | Unsure]:
    """What makes a folder of an upload, unless it has to be asked about first."""

    def unpack(report: Report, encoding: str | None) -> Path:
        return receive(files, report, encoding).folder

    def work(report: Report) -> Path | Unsure:
        name, content = files[0]
        if len(files) == 1 and is_upload_archive(name, content):
            reading = names_of(content, name)
            content.seek(0)
            if not reading.sure:
                return Unsure(name, reading, unpack)
        return unpack(report, None)

    return work


def ask(unsure: Unsure) -> None:
    """Keep an archive to be asked about on the next run."""
    st.session_state[state.NAMES] = unsure


def question(start: Callable[[Callable[[Report], object]], object]) -> bool:
    """Draw the question that `ask` kept; returns whether there is one.

    Args:
        start: starts the unpacking.
    """
    unsure: Unsure | None = st.session_state.get(state.NAMES)
    if unsure is None:
        return False
    with st.container(border=True):
        st.markdown("**In which encoding are this archive's names?**")
        st.caption("It does not tell, and several fit: choose the one in which they look right.")
        codecs = ["utf-8", *(page.codec for page in CODE_PAGES)]
        codec = st.selectbox(
            "Encoding", codecs, codecs.index(unsure.reading.codec), format_func=title_of,
            key=state.ENCODING,
        )  # fmt: skip
        names = Reading(codec, True, unsure.reading.odd).examples(_SHOWN)
        st.dataframe(
            pd.DataFrame({"names": list(map(shown, names))}), hide_index=True, width="stretch"
        )
        take, cancel = st.columns(2)
        if take.button("Unpack", key="names-take", width="stretch"):
            del st.session_state[state.NAMES]
            start(lambda report: unsure.unpack(report, codec))
            st.rerun()
        cancel.button("Cancel", key="names-cancel", width="stretch", on_click=_forget)
    return True


def _forget() -> None:
    st.session_state.pop(state.NAMES, None)
