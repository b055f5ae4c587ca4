"""Streamlit's own scripts and fonts, from memory, and named early to the browser.

A page consists of some hundred small scripts, of which the browser learns one after the other: the
script of an element is asked for when the first of its kind is to be drawn, and what that imports
after that. So the page itself names what every page of ours needs, and the rest is fetched while
somebody looks at the first one (``later``). Each file is read once a server: as files they went
through a thread each, a dozen times as long.
"""

from __future__ import annotations

import mimetypes
import re
from functools import cache
from html import escape
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.runtime.access.visits import Visit
from core.ui.session import quiet

_FOLDER = Path(streamlit.__file__).with_name("static")
_EVERYWHERE = (
    "Html", "Selectbox", "TextInput", "BidiComponent", "Button", "Checkbox", "ButtonGroup",
    "NumberInput", "Metric", "FileUploader", "Progress",
)  # fmt: skip
"""Elements of nearly every page, as Streamlit's scripts name them; what is missing is left out."""
_HERE_AND_THERE = (
    "PageLink", "Slider", "Multiselect", "Radio", "TextArea", "DownloadButton", "Pagination",
    "DataFrame", "PlotlyChart",
)  # fmt: skip
"""Elements of some pages, the heavy ones last."""
_FONTS = ("MaterialSymbols-Rounded",)
_IMPORTED = re.compile(r"""(?:from|import)\s*["']\./([\w.\-~]+\.js)["']""")
_CACHING = "public, immutable, max-age=31536000"  # their names change with their content
_LARGEST = 8_000_000  # bytes of a file that is held


class Statics:
    """Middleware inside the doors: hands out Streamlit's files, and pages that name them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._held: dict[str, Response] = {}
        files = [file for file in (_FOLDER / "static").rglob("*") if file.is_file()]
        self._files = {f"/{file.relative_to(_FOLDER).as_posix()}": file for file in files}
        self._hints = hints().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a file of Streamlit's; name what a page needs; pass on the rest."""
        if scope["type"] == "websocket":
            quiet.page_asked()  # its script follows
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
        elif scope["path"] in self._files:
            await self._file(scope["path"])(scope, receive, send)
        elif Visit(scope).is_page:
            quiet.page_asked()  # or work in the background would slow the start of the browser
            # As plain text: what is compressed cannot be added to.
            plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
            await self._app({**scope, "headers": plain}, receive, _Hinted(send, self._hints))
        else:
            await self._app(scope, receive, send)

    def _file(self, path: str) -> Response:
        held = self._held.get(path)
        if held is None:
            content = self._files[path].read_bytes()
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            headers = {"Cache-Control": _CACHING}
            held = Response(content, headers=headers, media_type=kind)
            if len(content) <= _LARGEST:
                self._held[path] = held
        return held


class _Hinted:
    """A ``send`` that puts hints at the end of a page's head."""

    def __init__(self, send: Send, hints: bytes) -> None:
        self._send, self._hints = send, hints
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = MutableHeaders(raw=message["headers"]).get("content-type", "")
            if message["status"] != 200 or not kind.startswith("text/html"):
                await self._send(message)
                return
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        body = self._body.replace(b"</head>", self._hints + b"</head>", 1)
        MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


@cache
def hints() -> str:
    """HTML that names the scripts and fonts which every page needs, as the page names its own.

    And, for ``keys.js``, those that only some need.
    """
    scripts = "".join(
        f'<link rel="modulepreload" crossorigin href=".{escape(path)}">'
        for path in _with_imports(_EVERYWHERE)
    )
    fonts = "".join(
        f'<link rel="preload" as="font" type="font/woff2" crossorigin href=".{escape(path)}">'
        for path in _named("media", _FONTS, "woff2")
    )
    others = " ".join(later())
    return f'{scripts}{fonts}<meta name="winnow-later" content="{escape(others)}">'


@cache
def later() -> tuple[str, ...]:
    """Addresses of the scripts that only some pages need, in the order in which to fetch them."""
    first = set(_with_imports(_EVERYWHERE))
    return tuple(path for path in _with_imports(_HERE_AND_THERE) if path not in first)


def _with_imports(names: tuple[str, ...]) -> list[str]:
    """Addresses of scripts and of all that they import, less what the page itself names."""
    folder = _FOLDER / "static/js"
    page = (_FOLDER / "index.html").read_text("utf-8")
    scripts: dict[str, None] = {}

    def add(name: str) -> None:
        file = folder / name
        if name in scripts or name in page or not file.is_file():
            return
        scripts[name] = None
        # Imports stand at the top, so that the heavy ones need not be read whole.
        with file.open(encoding="utf-8") as text:
            for imported in _IMPORTED.findall(text.read(20_000)):
                add(imported)

    for path in _named("js", names, "js"):
        add(path.rpartition("/")[2])
    return [f"/static/js/{name}" for name in scripts]


def _named(folder: str, names: tuple[str, ...], ending: str) -> list[str]:
    """Addresses of files called NAME.HASH.ENDING, those that there are."""
    files = [next((_FOLDER / "static" / folder).glob(f"{name}.*.{ending}"), None) for name in names]
    return [f"/static/{folder}/{file.name}" for file in files if file is not None]
