"""Starting the app: one local server with the pages and the routes that hand out pictures."""

from __future__ import annotations

import logging
import mimetypes
import os
import sys
import tempfile
import threading
import tomllib
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from threadpoolctl import threadpool_limits

from core.images.hash import is_image_id
from core.images.sources.base import SourceGone
from core.images.thumbnails import PREVIEW_PX, THUMBNAIL_PX, glimpse, preview, thumbnail
from core.images.unreadable import UnreadableImage
from core.project.project import Project
from core.runtime import roots
from core.runtime.access import addresses
from core.runtime.access.addresses import Bound
from core.runtime.access.tokens import Tokens, check_alone, own_token
from core.runtime.errors import WinnowError
from core.services.prompts.classes import use_folder_vocabulary
from core.store.labels.postgres.patience import wait_for
from core.store.places import data_folder
from core.ui.clusters.parts import map_part, map_point
from core.ui.session import glimpses, heap, host, late_downloads, outside, reach, trouble
from core.ui.session.reach import Reach
from core.ui.shell import signing_in
from core.ui.shell.doors import Doors
from core.ui.shell.ready import make_ready
from core.ui.shell.statics import Statics

_ENTRY = Path(__file__).with_name("app.py")
_PAGES = (
    "data", "prompts", "clusters", "search", "try_one", "tags", "label", "metrics", "export",
    "deliveries",
)  # fmt: skip
# What Streamlit writes about itself, which nobody who uses Winnow can act on; the last is meant so:
# a page that sends somebody to another one sets a field of it, which has a value to begin with.
_OWN_AFFAIRS = {
    "streamlit.config": "An update to the [server] config option section",
    "streamlit.runtime.caching.cache_data_api": "No runtime found",
    "streamlit.elements.lib.policies": "was created with a default value but also had its value",
}
_CACHING = {
    "Cache-Control": "private, max-age=31536000, immutable",  # an id is a content: never stale
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# In a checkout the file that `streamlit run` reads too; the wheel has a copy beside this module.
_LOOKS = (Path(__file__).parents[3] / ".streamlit/config.toml", _ENTRY.with_name("config.toml"))


@dataclass(frozen=True)
class Access:
    """Where the app listens and who may in.

    Attributes:
        address: IP address or name of this machine.
        port: None takes the first that is free.
        token: ask for one.
        new_token: make a new one, so that everybody has to come in anew.
        allow_hosts: further names under which a browser may ask for it.
    """

    address: str = "127.0.0.1"
    port: int | None = None
    token: bool = True
    new_token: bool = False
    allow_hosts: tuple[str, ...] = ()


def picture(request: Request) -> Response:
    """``/thumb/{workspace}/{id}`` and ``/picture/{workspace}/{id}``: ids or tokens, no paths."""
    project = host.shared.opened(request.path_params["workspace"])
    name = request.path_params["id"]
    if project is None:
        return PlainTextResponse("unknown", status_code=404)
    small = request.url.path.startswith("/thumb/")
    try:
        source = _file(project, name)
        if source is None:
            return PlainTextResponse("unknown", status_code=404)
        make = partial(_copy, source, name if is_image_id(name) else None, small)
        try:
            path = make(project.workspace.cache / ("thumbnail" if small else "preview"))
        except (UnreadableImage, SourceGone):
            raise
        except WinnowError:
            # On a full or read-only disk people still see what they label.
            with tempfile.TemporaryDirectory(prefix="winnow-") as place:
                return _sent(make(Path(place)))
        return _sent(path)
    except (UnreadableImage, OSError, WinnowError) as error:
        return PlainTextResponse(f"gone: {error}", status_code=410)


def _sent(copy: Path) -> Response:
    """A copy as an answer. It is small and read here: in pieces each would change threads."""
    kind = mimetypes.guess_type(copy.name)[0]
    return Response(copy.read_bytes(), headers=_CACHING, media_type=kind)


def _file(project: Project, name: str) -> Path | None:
    """The file that an image id, or the token of a file that was not read yet, stands for."""
    if is_image_id(name):
        return project.file_of(name)
    relative = glimpses.path_of(project.key, name)
    return None if relative is None else project.workspace.file(relative)


def _copy(source: Path, image_id: str | None, small: bool, folder: Path) -> Path:
    """The copy of a picture for the screen.

    Args:
        image_id: its content; None for a file that was not read yet.
    """
    if image_id is None:
        return glimpse(source, folder, THUMBNAIL_PX if small else PREVIEW_PX)
    return (thumbnail if small else preview)(source, folder, image_id)


def routes() -> list[Route]:
    """The app's own routes, beside Streamlit's."""
    return [
        Route("/thumb/{workspace}/{id}", picture),
        Route("/picture/{workspace}/{id}", picture),
        Route(outside.ROUTE, outside.picture),
        Route("/map/{workspace}/{token}", map_part),
        Route("/point/{workspace}/{token}/{row:int}", map_point),
    ]


def serve(
    root: Path | None,
    question: str | None,
    model: str | None,
    device: str,
    access: Access,
    browser: bool,
    note: Callable[[str], object],
) -> None:
    """Run the app until it is stopped.

    Args:
        root: workspace to open first; None shows the list of known ones.
        question: short name of its question to begin with; None for the first.
        model: encoder to offer for images that are not embedded yet.
        access: where it listens and who may in.
        browser: open a browser window once the server answers.
        note: takes what the person who starts it should read.

    Raises:
        WinnowError: the address or the port cannot be had, access would be open to others, or what
            is set up for signing in will not do.
    """
    signing_in.check()
    bound = addresses.bind(access.address, access.port, access.allow_hosts)
    tokens = _tokens(access, bound, note)
    note("Winnow is starting…")  # its pages take some seconds to load
    heap.tend()
    late_downloads.allow()
    wait_for(3.0, page=True)
    # Products of a page's size are over in milliseconds in one thread. Several wait for one another
    # as soon as the browser on the same machine is busy: an edit of a prompt took a third longer.
    threadpool_limits(1, user_api="blas")
    shared = host.shared
    shared.first, shared.question = root, question
    shared.model, shared.device = model, device
    if root is not None:
        try:
            project = shared.project(root)
            use_folder_vocabulary(project.workspace, project.vocabulary_file)
        except WinnowError as error:  # the images can be opened all the same
            note(str(error))
        threading.Thread(target=make_ready, args=(root,), name="ready", daemon=True).start()
    own = tuple(bound.addresses())
    reach.shared.append(Reach(own, bound.is_loopback, bound.port, tokens.token if tokens else None))
    for logger, line in _OWN_AFFAIRS.items():
        logging.getLogger(logger).addFilter(partial(_says_else, line))
    for name in _PAGES:  # here, while nobody waits: they take a second of the first page
        import_module(f"core.ui.{name}.page")
    doors = Middleware(Doors, bound=bound, tokens=tokens)
    app = st.App(
        _ENTRY, routes=routes(), middleware=[doors, Middleware(Statics)],
        on_script_error=trouble.handled,
    )  # fmt: skip
    _say(bound, tokens, note)
    if browser and _has_screen():
        url = bound.addresses()[0] + (f"?token={tokens.ticket()}" if tokens else "")
        threading.Timer(2.0, webbrowser.open, [url]).start()
    app.run(config=settings(bound))


def _says_else(line: str, record: logging.LogRecord) -> bool:
    """Whether a record is to be written: it does not say ``line``."""
    return line not in record.getMessage()


def _tokens(access: Access, bound: Bound, note: Callable[[str], object]) -> Tokens | None:
    if not access.token:
        check_alone(bound)
        return None
    file = data_folder().with_name("token")
    return Tokens(own_token(file, note, access.new_token), bound.port)


def _say(bound: Bound, tokens: Tokens | None, note: Callable[[str], object]) -> None:
    """Tell where the app is, and what is open to whom."""
    query = f"?token={tokens.token}" if tokens else ""
    note(
        "Winnow is at {}  (stop it with Ctrl-C)".format(
            "  or at ".join(address + query for address in bound.addresses())
        )
    )
    if bound.is_loopback:
        return
    folders = ", ".join(map(str, roots.limited_to()))
    open_folders = (
        f"everything in {folders}, and write there."
        if folders
        else "every picture on this machine that you can see, and write wherever you can: "
        "--root FOLDER limits that."
    )
    note(
        f"Warning: other machines can reach Winnow at {bound.ip}. Who has the address with its "
        f"token can see {open_folders} Nothing is encrypted on the way: use it in networks that "
        "you trust, or behind a proxy with HTTPS."
    )


def settings(bound: Bound) -> dict[str, object]:
    """Streamlit's settings: the app's look, and whatever would open another door shut.

    They are named one by one, because files and variables of the user may set them as well.
    """
    return {
        **_look(),
        "server.address": bound.ip,
        "server.port": bound.port,
        "server.headless": True,
        "server.showEmailPrompt": False,
        "server.fileWatcherType": "none",
        "server.baseUrlPath": "",
        "server.customComponentBaseUrlPath": "",
        # The doors check names and origins, on all routes; these would open some from within.
        "server.allowedHosts": ["*"],
        "server.enableCORS": True,
        "server.corsAllowedOrigins": [],
        "server.enableXsrfProtection": True,
        "server.enableStaticServing": False,
        "server.enableAgentApi": False,
        "server.scriptHealthCheckEnabled": False,
        "global.developmentMode": False,
        "runner.magicEnabled": False,  # else each page is compiled twice, at each run
        "client.allowedOrigins": [],  # of pages around ours that could steer it
        "client.showErrorLinks": False,  # to a search engine, with the error's text
        "browser.gatherUsageStats": False,
        # What it prints asks a service in the internet for this machine's address.
        "logger.hideWelcomeMessage": True,
    }


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
