"""The token that opens the app: where it comes from, and the cookie that stands for it.

It is kept in a file that only its user can read, so that a page that is open when the server is
started anew goes on. Cookies are shared by all ports of a machine: another server there may see
ours, so its name and content belong to one port, and the token itself cannot be told from it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from core.runtime.access.addresses import Bound
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.runtime.inputs import open_file

VARIABLE = "WINNOW_TOKEN"
"""Environment variable with a token to use instead of the one in the file."""
_FORM = re.compile(r"[A-Za-z0-9_-]{16,200}")
_MOST = 2_000  # characters of what somebody pastes


class Tokens:
    """What opens one server. Safe for several threads."""

    def __init__(self, token: str, port: int) -> None:
        self.token = token
        """What people type or paste."""
        self._token = token.encode()
        self._tickets: set[str] = set()
        self.cookie = f"winnow-{port}"
        """Name of the cookie."""
        self.worth = hmac.new(self._token, self.cookie.encode(), hashlib.sha256).hexdigest()
        """Content of the cookie."""

    def ticket(self) -> str:
        """A token that opens once: other people of a machine can see what a browser is started
        with."""
        ticket = secrets.token_urlsafe(32)
        self._tickets.add(ticket)
        return ticket

    def opens(self, text: str) -> bool:
        """Whether a text is the token, an unused ticket, or an address that holds one of them."""
        text = text.strip()[:_MOST]
        for word in (text, *_in_address(text)):
            if hmac.compare_digest(word.encode(), self._token):
                return True
            if word in self._tickets:
                self._tickets.discard(word)
                return True
        return False

    def admits(self, cookies: Iterable[str]) -> bool:
        """Whether one of the Cookie headers of a request holds the cookie."""
        # All of one name are looked at: another server of this machine may set one beside ours.
        pairs = (pair.strip().partition("=") for text in cookies for pair in text.split(";"))
        worths = [worth for name, _, worth in pairs if name == self.cookie]
        own = self.worth.encode()
        return any(hmac.compare_digest(worth.strip().encode(), own) for worth in worths)

    def header(self, secure: bool) -> str:
        """The Set-Cookie header; it lasts until the browser is closed."""
        end = "; Secure" if secure else ""
        return f"{self.cookie}={self.worth}; Path=/; HttpOnly; SameSite=Strict{end}"


def _in_address(text: str) -> list[str]:
    try:
        return parse_qs(urlsplit(text).query).get("token", [])
    except ValueError:
        return []


def check_alone(bound: Bound) -> None:
    """Refuse a server without a token that others can reach.

    Raises:
        WinnowError: they can.
    """
    if not bound.is_loopback:
        raise WinnowError(
            f"--no-token is for this machine alone, but at {bound.ip} others can reach Winnow: "
            "leave out --no-token or --address."
        )


def own_token(file: Path, note: Callable[[str], object], new: bool = False) -> str:
    """The token of this user: from the environment, else from a file, else a new one put there.

    Args:
        file: where it is kept; made for its owner's eyes only.
        note: hears when it cannot be kept.
        new: make a new one, so that everybody has to come in anew.

    Raises:
        WinnowError: the environment's is too short or has other characters than an address takes.
    """
    if (preset := os.environ.get(VARIABLE)) is not None:
        if not _FORM.fullmatch(preset):
            raise WinnowError(
                f"{VARIABLE} must have 16 to 200 letters, digits, - or _: python -c "
                "'import secrets; print(secrets.token_urlsafe())' makes one."
            )
        return preset
    stored = None if new else _stored(file)
    if stored is not None:
        return stored
    token = secrets.token_urlsafe(32)
    try:
        write_atomic(file, token.encode(), private=True)
    except (WinnowError, OSError) as error:
        note(f"The token is good until Winnow stops, because it cannot be kept: {error}")
    return token


def token_in(file: Path) -> str:
    """The token of a file that somebody names, such as a mounted secret.

    Raises:
        WinnowError: it cannot be read, or holds no token.
    """
    try:
        with open_file(file) as opened:
            text = opened.read(400).decode("ascii", "replace").strip()
    except OSError as error:
        raise WinnowError(
            f"The token file {file} cannot be read ({error.strerror or error}): check --token-file."
        ) from error
    if not _FORM.fullmatch(text):
        raise WinnowError(
            f"The token file {file} must hold 16 to 200 letters, digits, - or _, and nothing else: "
            "python -c 'import secrets; print(secrets.token_urlsafe())' makes one."
        )
    return text


def _stored(file: Path) -> str | None:
    """The token of the file; None when it holds none or others could have read it."""
    try:
        with open_file(file) as opened:
            status = os.fstat(opened.fileno())
            text = opened.read(400).decode("ascii", "replace").strip()
    except OSError:
        return None
    foreign = hasattr(os, "getuid") and status.st_uid != os.getuid()
    if os.name != "nt" and (foreign or stat.S_IMODE(status.st_mode) & 0o077):
        return None
    return text if _FORM.fullmatch(text) else None
