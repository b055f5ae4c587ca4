"""Addresses of images as people write them, without anything secret in them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from core.images.names import shown
from core.runtime.errors import WinnowError

BUCKETS = ("s3", "gs", "az")
WEB = ("https", "http")
_ALIASES = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "azure": "az", "abfs": "az", "abfss": "az"}
_SCHEMES = (*BUCKETS, *WEB, *_ALIASES)
# One slash too: a path has made one of two.
_ADDRESS = re.compile(rf"({'|'.join(_SCHEMES)}):/{{1,2}}([^/].*)", re.I | re.S)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_SECRETS = ("sig", "signature", "token", "key", "credential", "password", "secret", "auth")
_LONGEST = 4_000  # characters


@dataclass(frozen=True)
class Address:
    """Where images lie.

    Attributes:
        scheme: s3, gs, az, https or http; file for a table on this machine.
        host: the bucket, or the web server's name with its port; "" on this machine.
        path: below it, without a slash at either end; a query belongs to it.
    """

    scheme: str
    host: str
    path: str

    def __str__(self) -> str:
        """The address as it is stored and shown."""
        return f"{self.scheme}://{self.host}" + (f"/{self.path}" if self.path else "")

    @property
    def is_web(self) -> bool:
        """Whether a web server is asked, and no bucket."""
        return self.scheme in WEB

    @property
    def name(self) -> str:
        """What people would call it: the bucket and the last folder."""
        last = self.path.partition("?")[0].rpartition("/")[2]
        return "-".join(filter(None, (self.host, last)))


def of_file(path: Path) -> Address:
    """The address of a file on this machine, by its whole path."""
    return Address("file", "", path.as_posix().lstrip("/"))


def is_address(text: str | os.PathLike[str]) -> bool:
    """Whether a text, or a path that was made of one, is an address of a bucket or web server."""
    return _ADDRESS.fullmatch(os.fspath(text)) is not None


def parse(text: str | os.PathLike[str], signed: bool = False) -> Address:
    """An address; names and passwords before the host are dropped.

    Args:
        signed: a signature in the query is fine, as in a list of addresses, which is read anew
            each time; what is stored must not have one.

    Raises:
        WinnowError: it is none, or holds a signature.
    """
    text = os.fspath(text).strip()
    match = _ADDRESS.fullmatch(text)
    if match is None or len(text) > _LONGEST or not text.isprintable():
        raise WinnowError(
            f"{shown(text[:200])} is no address of images: write s3://BUCKET/FOLDER, gs://, az:// "
            "or https://."
        )
    scheme = match[1].lower()
    scheme = _ALIASES.get(scheme, scheme)
    host, _, path = match[2].partition("/")
    host = host.rpartition("@")[2]
    if scheme in WEB:
        return _web(scheme, host, path, signed)
    if not _BUCKET.fullmatch(host):
        raise WinnowError(f"{shown(host)} is no name of a bucket: write {scheme}://BUCKET/FOLDER.")
    return Address(scheme, host, path.strip("/"))


def _web(scheme: str, host: str, path: str, signed: bool) -> Address:
    path = path.partition("#")[0]
    try:
        parts = urlsplit(f"{scheme}://{host}/{path}")
        valid = bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise WinnowError(f"{shown(host)} is no web server: write {scheme}://HOST/FILE.")
    if not signed and _is_signed(parts.query):
        raise WinnowError(
            f"The address of {host} holds a signature, which is a secret and is not stored: name "
            "the bucket (s3://, gs:// or az://) with credentials in the environment, or put the "
            "addresses into a CSV file."
        )
    return Address(scheme, host.lower(), path.rstrip("/"))


def _is_signed(query: str) -> bool:
    names = (name.lower() for name, _ in parse_qsl(query, keep_blank_values=True))
    return any(part in re.split(r"[-_]", name) for name in names for part in _SECRETS)
