"""Pages of the server's own: its documentation, the widget and an example with it.

No page and no script asks anybody but this server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

_FOLDER = Path(__file__).parent / "pages"
_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
_PAGES = {"/docs": "docs.html", "/docs.js": "docs.js", "/style.css": "style.css"}
_WIDGET = {"/widget": "widget.html", "/widget.js": "widget.js"}


def add(app: FastAPI, with_feedback: bool) -> None:
    """Add the routes; the widget's only where feedback is taken."""
    for path, name in {**_PAGES, **(_WIDGET if with_feedback else {})}.items():
        app.add_route(path, _page(name), methods=["GET"], include_in_schema=False)


def _page(name: str) -> Callable[[Request], Awaitable[Response]]:
    """What answers with a file of ours."""
    file = _FOLDER / name
    kind = f"{_KINDS[file.suffix]}; charset=utf-8"

    async def page(_: Request) -> Response:
        return Response(file.read_bytes(), 200, {"Cache-Control": "no-cache"}, kind)

    return page
