"""Pictures of images that are in no workspace: a token stands for each, never a path.

Small copies are made when a browser asks for them, and kept by the browser alone: a folder of any
size may be looked through without anything being written.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from core.images.names import located
from core.images.thumbnails import preview, thumbnail
from core.runtime import roots
from core.runtime.errors import WinnowError

MOST = 20_000
"""Tokens that are remembered, the ones asked for last."""
ROUTE = "/outside/{kind}/{token}"
_SECRET = secrets.token_bytes(32)
_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",  # a token is of one content
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_lock = threading.Lock()
_images: OrderedDict[str, tuple[Path, str, str]] = OrderedDict()


def url(folder: Path, relative: str, image_id: str, kind: str = "thumb") -> str:
    """Address of a small copy of an image or, with ``kind`` "picture", of a large one.

    Args:
        relative: path below the folder; image_id: its content.
    """
    text = f"{folder}\0{relative}\0{image_id}".encode(errors="surrogatepass")
    token = hmac.new(_SECRET, text, hashlib.sha256).hexdigest()[:40]
    with _lock:
        _images[token] = (folder, relative, image_id)
        _images.move_to_end(token)
        while len(_images) > MOST:
            _images.popitem(last=False)
    return f"/outside/{kind}/{token}"


def picture(request: Request) -> Response:
    """``/outside/thumb/{token}`` and ``/outside/picture/{token}``."""
    kind, token = request.path_params["kind"], request.path_params["token"]
    with _lock:
        image = _images.get(token)
    if image is None or kind not in ("thumb", "picture"):
        return PlainTextResponse("unknown", status_code=404)
    folder, relative, image_id = image
    try:
        file = located(folder, relative)
        roots.check(file)
        with tempfile.TemporaryDirectory(prefix="winnow-") as place:
            make = thumbnail if kind == "thumb" else preview
            data = make(file, Path(place), image_id).read_bytes()
    except (WinnowError, OSError, ValueError) as error:
        return PlainTextResponse(f"gone: {error}", status_code=410)
    return Response(data, headers=_HEADERS, media_type="image/jpeg")
