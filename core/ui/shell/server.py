"""Starting the app: one local server with the pages and the routes that hand out pictures."""

from __future__ import annotations

import os
import socket
import sys
import threading
import tomllib
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from threadpoolctl import threadpool_limits

from core.encoders.registry import is_cached
from core.images.hash import is_image_id
from core.images.thumbnails import preview, thumbnail
from core.images.unreadable import UnreadableImage
from core.runtime.errors import WinnowError
from core.services.prompts.classes import use_folder_vocabulary
from core.ui.clusters.parts import map_part, map_point
from core.ui.session import heap, host

_ENTRY = Path(__file__).with_name("app.py")
_CACHING = {
    "Cache-Control": "private, max-age=31536000, immutable",  # an id is a content: never stale
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LOCAL = ["localhost", "127.0.0.1", "[::1]"]
# In a checkout the file that `streamlit run` reads too; the wheel has a copy beside this module.
_LOOKS = (Path(__file__).parents[3] / ".streamlit/config.toml", _ENTRY.with_name("config.toml"))


def picture(request: Request) -> Response:
    """``/thumb/{workspace}/{id}`` and ``/picture/{workspace}/{id}``: ids only, never paths."""
    project = host.shared.opened(request.path_params["workspace"])
    image_id = request.path_params["id"]
    if project is None or not is_image_id(image_id):
        return PlainTextResponse("unknown", status_code=404)
    make = thumbnail if request.url.path.startswith("/thumb/") else preview
    try:
        source = project.file_of(image_id)
        if source is None:
            return PlainTextResponse("unknown", status_code=404)
        path = make(source, project.workspace.cache / make.__name__, image_id)
    except (UnreadableImage, OSError, WinnowError) as error:
        return PlainTextResponse(f"gone: {error}", status_code=410)
    return FileResponse(path, headers=_CACHING)


def routes() -> list[Route]:
    """The app's own routes, beside Streamlit's."""
    return [
        Route("/thumb/{workspace}/{id}", picture),
        Route("/picture/{workspace}/{id}", picture),
        Route("/map/{workspace}/{token}", map_part),
        Route("/point/{workspace}/{token}/{row:int}", map_point),
    ]


def serve(
    root: Path | None,
    model: str | None,
    device: str,
    port: int | None,
    address: str,
    browser: bool,
    note: Callable[[str], object],
) -> None:
    """Run the app until it is stopped.

    Args:
        root: workspace to open first; None shows the list of known ones.
        model: encoder to offer for images that are not embedded yet.
        browser: open a browser window once the server answers.
        note: takes what the person who starts it should read.

    Raises:
        WinnowError: the port is taken.
    """
    heap.tend()
    # Products of a page's size are over in milliseconds in one thread. Several wait for one another
    # as soon as the browser on the same machine is busy: an edit of a prompt took a third longer.
    threadpool_limits(1, user_api="blas")
    shared = host.shared
    shared.first, shared.model, shared.device = root, model, device
    if root is not None:
        try:
            project = shared.project(root)
            use_folder_vocabulary(project.workspace, project.vocabulary_file)
        except WinnowError as error:  # the images can be opened all the same
            note(str(error))
        threading.Thread(target=_make_ready, args=(root,), name="ready", daemon=True).start()
    free_port = _port(address, port)
    url = f"http://{'localhost' if address == '127.0.0.1' else address}:{free_port}"
    note(f"Winnow is at {url}  (stop it with Ctrl-C)")
    if browser and _has_screen():
        threading.Timer(2.0, webbrowser.open, [url]).start()
    hosts = [*_LOCAL, address]
    app = st.App(_ENTRY, routes=routes())
    app.run(
        config={
            "server.address": address,
            "server.port": free_port,
            "server.headless": True,
            "server.showEmailPrompt": False,
            "server.allowedHosts": ["*"] if address in ("0.0.0.0", "::") else hosts,
            "server.fileWatcherType": "none",
            **_look(),
        }
    )


def _make_ready(root: Path) -> None:
    """Load what nearly every page asks for, while somebody looks at the first one."""
    with suppress(WinnowError):  # the page that cannot do without says so
        project = host.shared.project(root)
        active = project.workspace.encoder
        if active is not None and is_cached(active.spec):  # a download is started by people only
            project.use(host.shared.encoder(active.spec))
            project.pool()


def _look() -> dict[str, object]:
    """Theme and privacy settings, by dotted name."""
    content = tomllib.loads(next(path for path in _LOOKS if path.is_file()).read_text("utf-8"))
    flat: dict[str, object] = {}

    def flatten(table: dict[str, object], prefix: str) -> None:
        for name, value in table.items():
            if isinstance(value, dict):
                flatten(value, f"{prefix}{name}.")
            else:
                flat[prefix + name] = value

    flatten(content, "")
    return flat


def _has_screen() -> bool:
    """Without one, Python would open a text browser in the terminal, on top of the server."""
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(display) or not sys.platform.startswith("linux")


def _port(address: str, wanted: int | None) -> int:
    for port in [wanted] if wanted is not None else range(8501, 8600):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return port
    taken = f"Port {wanted} of {address} is" if wanted is not None else "Ports 8501 to 8599 are"
    raise WinnowError(f"{taken} in use: name a free one with --port.")
