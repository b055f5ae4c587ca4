"""Buckets: Amazon S3 and what speaks like it, Google Cloud Storage, Azure.

The client is obstore: one library for the three, which lists in a stream, with ETags.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from core.images.names import shown
from core.images.scan import FoundFile
from core.images.sources.address import Address
from core.images.sources.base import Missing, TooLarge, mark_of
from core.images.sources.credentials import of_profile
from core.images.sources.retrying import Passing, Patience
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

EXTRAS = {"s3": "s3", "gs": "gcs", "az": "azure"}
_PAGE = 1_000  # files that are listed at a time
_TIMEOUT = "30s"
_PASSING = re.compile(
    r"error sending request|timed? ?out|connection|request or response body error|incomplete"
    r"|status code: (?:408|429|5\d\d)|SlowDown|RequestTimeout|dns error|broken pipe|reset",
    re.I,
)
_NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|specified bucket does not exist", re.I)
_REGION = re.compile(
    r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocation|BareRedirect|wrong region",
    re.I,
)
_NO_CREDENTIALS = re.compile(
    r"169\.254\.169\.254|metadata\.google|missing.*credential|Account must be|MissingAccount", re.I
)
_REFUSED = re.compile(
    r"status code: 40[13]|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken", re.I
)
_BAD_NAME = re.compile(r'invalid path: Error parsing Path "(.*?)"', re.S)
T = TypeVar("T")


class Bucket:
    """Files below a folder of a bucket; see `core.images.sources.base.Store`."""

    def __init__(self, address: Address) -> None:
        """
        Raises:
            WinnowError: the client is not installed, or cannot be set up.
        """
        self.address = str(address)
        self.patience = Patience(self.address)
        self._where = address
        self._folder = f"{address.path}/" if address.path else ""
        self._client = _client(address)

    def files(self) -> Iterator[FoundFile]:
        """All files below the folder, a page at a time."""
        after: str | None = None
        while page := self._page(after):
            for meta in page:
                after = str(meta["path"])
                yield FoundFile(after.removeprefix(self._folder), int(meta["size"]), _mark(meta))
            if len(page) < _PAGE:
                return

    def _page(self, after: str | None) -> Sequence[Any]:
        """The files behind a name: trying again goes on there, so nothing is lost or twice."""
        import obstore

        def work() -> Sequence[Any]:
            below = self._folder or None
            listing = obstore.list(self._client, below, offset=after, chunk_size=_PAGE)
            return next(iter(listing), [])

        return self._tried(work)

    def read(self, path: str, limit: int) -> tuple[bytes, int]:
        """The bytes of a file and its mark."""
        import obstore

        def work() -> tuple[bytes, int]:
            result = obstore.get(self._client, self._folder + path)
            if result.meta["size"] > limit:
                raise TooLarge
            return bytes(result.bytes()), _mark(result.meta)

        return self._tried(work)

    def stat(self, path: str) -> FoundFile:
        """Size and mark of a file."""
        import obstore

        meta = self._tried(lambda: obstore.head(self._client, self._folder + path))
        return FoundFile(path, int(meta["size"]), _mark(meta))

    def span(self, path: str, start: int, length: int) -> bytes:
        """Some bytes of a file."""
        import obstore

        if length < 1:
            return b""
        return self._tried(
            lambda: bytes(
                obstore.get_range(self._client, self._folder + path, start=start, length=length)
            )
        )

    def write(self, path: str, data: bytes) -> None:
        """Put a file there, in place of one of that name.

        Raises:
            SourceGone: the bucket cannot be reached.
            WinnowError: it may not be written.
        """
        import obstore

        self._tried(lambda: obstore.put(self._client, self._folder + path, data))

    def _tried(self, work: Callable[[], T]) -> T:
        def attempt() -> T:
            try:
                return work()
            except (TooLarge, WinnowError):
                raise
            except FileNotFoundError as error:
                raise (_refusal(str(error), self._where) or Missing()) from error
            except Exception as error:  # the client has a class for each kind, and a general one
                text = str(error)
                refusal = _refusal(text, self._where)
                if refusal is None and _PASSING.search(_first_line(text)):
                    raise Passing(_reason(text)) from error
                raise (refusal or _unknown(text, self._where)) from error

        return self.patience.tried(attempt)


def _mark(meta: Any) -> int:
    """Of the ETag, which all these stores have; of the time where one has none."""
    return mark_of(meta["e_tag"] or meta["last_modified"])


def _client(address: Address) -> ObjectStore:
    try:
        from obstore import store
    except ImportError:
        extra = EXTRAS[address.scheme]
        raise WinnowError(
            f"{address.scheme}:// addresses need a further package: install it with "
            f"pip install 'winnow[{extra}]'."
        ) from None
    # Trying again is done here, where it can be said and stopped.
    retry: Any = {"max_retries": 0, "retry_timeout": timedelta(seconds=30)}
    client: Any = {"timeout": _TIMEOUT, "connect_timeout": "10s"}
    try:
        if address.scheme == "gs":
            return store.GCSStore(address.host, client_options=client, retry_config=retry)
        if address.scheme == "az":
            return store.AzureStore(address.host, client_options=client, retry_config=retry)
        profile: Any = of_profile()
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        endpoint = endpoint or profile.get("endpoint")
        if endpoint:  # whoever sets one on this machine trusts it, without TLS too
            profile["endpoint"] = endpoint
            client["allow_http"] = endpoint.lower().startswith("http://")
        return store.S3Store(address.host, client_options=client, retry_config=retry, **profile)
    except WinnowError:
        raise
    except Exception as error:
        raise _refusal(str(error), address) or _unknown(str(error), address) from error


def _refusal(text: str, address: Address) -> WinnowError | None:
    """One sentence for what trying again does not help; None for everything else."""
    bucket, variables = f"{address.scheme}://{address.host}", _VARIABLES[address.scheme]
    if _NO_BUCKET.search(text):
        return WinnowError(f"There is no bucket {bucket}: check its name.")
    if _REGION.search(text):
        return WinnowError(
            f"{bucket} lies in another region: name it in the variable AWS_REGION and try again."
        )
    if _NO_CREDENTIALS.search(text):
        return WinnowError(
            f"There are no credentials for {bucket}: set {variables}, and for a public bucket "
            f"{_PUBLIC[address.scheme]}."
        )
    if _REFUSED.search(text):
        return WinnowError(
            f"{bucket} refuses these credentials: check {variables} and what they may do there."
        )
    if name := _BAD_NAME.search(text):
        return WinnowError(
            f"{bucket} holds {shown(name[1])}, a name with empty or dotted parts, which cannot be "
            "used: rename it, or name a folder without it."
        )
    return None


_VARIABLES = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE)",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}
_PUBLIC = {
    "s3": "AWS_SKIP_SIGNATURE=true",
    "gs": "GOOGLE_SKIP_SIGNATURE=true",
    "az": "AZURE_SKIP_SIGNATURE=true",
}


def _unknown(text: str, address: Address) -> WinnowError:
    return WinnowError(
        f"{address} cannot be used ({_reason(text)}): check the address and try again."
    )


def _first_line(text: str) -> str:
    return text.partition("Debug source:")[0]


def _reason(text: str) -> str:
    """What is wrong, short, without addresses that may hold signatures."""
    line = re.sub(r"https?://\S+", "the server", _first_line(text).partition("<")[0])
    line = " ".join(line.split())
    passing = re.search(r"status code: \d+[\w ]*|HTTP error: [\w ]+", line)
    return passing[0] if passing else line[:160] or "no reason given"
