"""Elements of our own in the browser: mounted from a ``.js`` and a ``.css`` file, and heard.

An element's script is one ES module whose default export takes Streamlit's ``component``. It may
import names from scripts beside it or above it; Streamlit takes a single module, so those scripts
are joined in front of it here. So are style sheets that one begins with, ``@import "./file.css";``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import streamlit as st

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.[^"]+)";\n', re.MULTILINE)


_SHEET = re.compile(r'^@import "(\./[^"]+)";\n', re.MULTILINE)


def element(folder: Path, name: str) -> Any:
    """The element of ``name.js`` and ``name.css`` in a folder; calling it draws it on the page.

    The files are read once a server. The call takes what Streamlit's components take: ``key``,
    ``data``, ``default`` and ``on_NAME_change``.
    """
    return _element(str(folder), name)


@st.cache_resource(show_spinner=False)
def _element(folder: str, name: str) -> Any:
    return st.components.v2.component(
        f"winnow_{name}",
        css=styled(Path(folder, f"{name}.css")),
        js=joined(Path(folder, f"{name}.js")),
        isolate_styles=False,
    )


def styled(sheet: Path) -> str:
    """A style sheet with those that it imports in their place; they import none themselves.

    Raises:
        OSError: a file that is imported cannot be read.
    """
    return _SHEET.sub(
        lambda match: (sheet.parent / match[1]).read_text("utf-8"), sheet.read_text("utf-8")
    )


def joined(script: Path) -> str:
    """A script with all that it imports joined in front of it, each file once.

    Imports stand on lines of their own as ``import { a, b } from "./file.js";`` and must not
    rename. The files share one scope: their names must differ.

    Raises:
        OSError: a file that is imported cannot be read.
    """
    texts: dict[Path, str] = {}

    def read(path: Path) -> None:
        texts[path] = ""  # holds its place, so that two files that import each other end too
        text = path.read_text("utf-8")
        for target in _IMPORT.findall(text):
            imported = (path.parent / target).resolve()
            if imported not in texts:
                read(imported)
        del texts[path]
        texts[path] = _IMPORT.sub("", text)

    read(script.resolve())
    return "\n".join(texts.values())


def value(key: str, name: str) -> Any:
    """What the element mounted under ``key`` sent last as ``name``; None when there is nothing.

    It comes from a browser and may have any form: look before using it.
    """
    state = st.session_state.get(key)
    return state[name] if state and name in state else None
