"""Names for files that were not read yet, so that a browser can ask for their pictures.

An address never holds a path: it holds a token that only this server understands.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict

from core.project.project import Project
from core.runtime.errors import WinnowError

MOST = 20_000
"""Tokens that are remembered, the ones asked for last."""
_SECRET = secrets.token_bytes(32)
_lock = threading.Lock()
_paths: OrderedDict[tuple[str, str], str] = OrderedDict()


def token_of(project: Project, relative: str) -> str:
    """The token of a file below the image folder; another one when the file has changed."""
    try:
        status = project.workspace.file(relative).stat()
        mark = f"{status.st_size}.{status.st_mtime_ns}"
    except (OSError, ValueError, WinnowError):  # its picture will say what is wrong
        mark = ""
    text = f"{project.key}\0{relative}\0{mark}".encode(errors="surrogatepass")
    token = "f" + hmac.new(_SECRET, text, hashlib.sha256).hexdigest()[:40]
    with _lock:
        _paths[project.key, token] = relative
        _paths.move_to_end((project.key, token))
        while len(_paths) > MOST:
            _paths.popitem(last=False)
    return token


def path_of(key: str, token: str) -> str | None:
    """The relative path that a token of a workspace stands for; None for none.

    Args:
        key: of the workspace and question.
    """
    with _lock:
        return _paths.get((key, token))
