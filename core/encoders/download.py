"""Getting files from the Hugging Face hub, with progress, a way to stop, and going on later.

A file that is in the hub's cache is used without any request. Otherwise it is fetched here, in one
stream into the cache's blob folder, its SHA-256 is checked, and the hub's own library files it, so
that other programs find it too. huggingface_hub could do it alone, but version 2.4 throws away what
arrived when a download stops (files of several GB start again), and its Xet transfers do not hear
that they should stop.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.runtime.errors import WinnowError
from core.runtime.progress import MEGABYTE, Report

_USE_STARTER = "the starter model works offline: use --model starter"
VOCABULARIES = (
    "tokenizer.json",
    "spiece.model",
    "sentencepiece.bpe.model",
    "vocab.txt",
    "vocab.json",
)
# The vocabularies come last: one of them in the cache means that the rest has been asked for.
TOKENIZER_FILES = (
    "config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "merges.txt",
    *reversed(VOCABULARIES),
)
_BLOCK = 1 << 20
_TIMEOUT = 20.0


@dataclass(frozen=True)
class Wish:
    """Who asks for a download: the model's name for messages, and who hears of it and may stop it.

    Attributes:
        spec: what the user typed.
        report: hears how many MB of the file in hand have arrived.
    """

    spec: str
    report: Report

    def step(self, done: int, total: int | None) -> None:
        """Say that ``done`` of ``total`` bytes (None: not known) of a file have arrived.

        Raises:
            Cancelled: asked to stop; what arrived is used by the next attempt.
        """
        name = f"Downloading {self.spec}, MB"
        self.report.step(name, done // MEGABYTE, (total or 0) // MEGABYTE)


def cached_file(repo: str, names: Sequence[str]) -> Path | None:
    """The first of ``names`` that the hub's cache holds of ``repo``. Makes no request.

    None too for what cannot be the name of a repository.
    """
    # Nothing of it there, as a rule: told without the library, which takes a while to import.
    if not _may_hold(repo):
        return None
    from huggingface_hub import try_to_load_from_cache

    for name in names if is_repository(repo) else ():
        path = try_to_load_from_cache(repo, name, cache_dir=_cache())
        if isinstance(path, str) and Path(path).is_file():
            return Path(path)
    return None


def _may_hold(repo: str) -> bool:
    """Whether the hub's cache has a folder of this name."""
    try:
        return (_cache() / f"models--{repo.replace('/', '--')}").is_dir()
    except OSError:  # a name too long for one
        return False


def is_repository(repo: str) -> bool:
    """Whether the hub could have a repository of this name. Makes no request."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repo)
    except HFValidationError:
        return False
    return True


def fetch(repo: str, names: Sequence[str], wish: Wish) -> Path:
    """The first of ``names`` that ``repo`` has, from the cache or downloaded.

    Raises:
        WinnowError: nothing of it could be had.
        Cancelled: asked to stop.
    """
    from huggingface_hub.errors import RemoteEntryNotFoundError

    with _download_errors(wish, repo):
        cached = cached_file(repo, names)
        if cached is not None:
            return cached
        for name in names:
            wish.step(0, None)
            with contextlib.suppress(RemoteEntryNotFoundError):
                return _download(repo, name, wish)
    raise WinnowError(
        f"{wish.spec} could not be downloaded: the repository {repo} holds no "
        f"{' or '.join(names)}; {_USE_STARTER}."
    )


def fetch_tokenizer(repo: str, wish: Wish) -> Path:
    """The folder with the tokenizer's files (and the text model's config.json) of ``repo``.

    Raises:
        WinnowError: nothing of it could be had.
        Cancelled: asked to stop.
    """
    from huggingface_hub.errors import RemoteEntryNotFoundError

    with _download_errors(wish, repo):
        file = cached_file(repo, VOCABULARIES)
        for name in TOKENIZER_FILES if file is None else ():
            wish.step(0, None)
            with contextlib.suppress(RemoteEntryNotFoundError):
                file = _download(repo, name, wish)
    if file is None:
        raise WinnowError(
            f"{wish.spec} could not be downloaded: the repository {repo} holds no tokenizer; "
            f"{_USE_STARTER}."
        )
    return file.parent


def fetch_config(repo: str, wish: Wish) -> Path:
    """The folder with the config.json of ``repo``: the shape of a text model, without weights.

    Raises:
        WinnowError: it could not be had.
        Cancelled: asked to stop.
    """
    return fetch(repo, ("config.json",), wish).parent


def has_tokenizer(repo: str) -> bool:
    """Whether the cache holds the tokenizer of ``repo``. Makes no request."""
    return cached_file(repo, VOCABULARIES) is not None


def size_on_hub(repo: str, names: Sequence[str]) -> int | None:
    """Bytes of the first of ``names`` that ``repo`` has; None when the hub cannot be asked."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    for name in names:
        with contextlib.suppress(Exception):  # unreachable, private, no such file: all the same
            size = get_hf_file_metadata(_url(hf_hub_url, repo, name), timeout=5).size
            if size is not None:
                return int(size)
    return None


def _download(repo: str, name: str, wish: Wish) -> Path:
    """One file into the hub's cache; hub and network errors are the caller's."""
    from filelock import FileLock, Timeout
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

    url = _url(hf_hub_url, repo, name)
    facts = get_hf_file_metadata(url, timeout=_TIMEOUT)
    # The layout of the cache is documented by its makers: models--ORG--NAME/blobs/ETAG.
    blobs = _cache() / f"models--{repo.replace('/', '--')}" / "blobs"
    blob = blobs / str(facts.etag)
    if facts.etag and facts.etag.isalnum() and not blob.exists():
        blobs.mkdir(parents=True, exist_ok=True)
        lock = FileLock(blobs / f"{facts.etag}.winnow-lock")
        while True:
            try:
                with lock.acquire(timeout=0.5):
                    if not blob.exists():
                        _stream(url, blob, name, facts.size, wish)
                break
            except Timeout:
                wish.step(0, facts.size)  # another process is at it
    return Path(hf_hub_download(repo, name, cache_dir=_cache(), endpoint=_endpoint()))


def _stream(url: str, blob: Path, name: str, size: int | None, wish: Wish) -> None:
    """Fetch ``url`` into ``blob``, going on from a partial file of an earlier attempt."""
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    partial = blob.with_name(f"{blob.name}.winnow-partial")
    digest, done = _hash_of_partial(partial, size)
    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
    if size is None or done < size:
        with get_session().stream(
            "GET", url, headers=headers, follow_redirects=True, timeout=_TIMEOUT
        ) as response:
            hf_raise_for_status(response)
            if response.status_code != 206:  # the server does not go on from the middle
                digest, done = hashlib.sha256(), 0
            with partial.open("ab" if done else "wb") as file:
                for block in response.iter_bytes(_BLOCK):
                    file.write(block)
                    digest.update(block)
                    done += len(block)
                    wish.step(done, size)
    # Large files are named by their SHA-256, small ones by a git hash that says less.
    wrong = len(blob.name) == 64 and digest.hexdigest() != blob.name
    if wrong or (size is not None and done != size):
        if wrong or done > (size or 0):
            partial.unlink()
        raise WinnowError(
            f"{wish.spec} could not be downloaded: {name} arrived incomplete or damaged, so start "
            f"it again; {_USE_STARTER}."
        )
    partial.replace(blob)


def _hash_of_partial(partial: Path, size: int | None) -> tuple[Any, int]:
    """The running SHA-256 and length of what an earlier attempt left; nothing if it is too long."""
    digest, done = hashlib.sha256(), 0
    if partial.exists() and (size is None or partial.stat().st_size <= size):
        with partial.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                done += len(block)
    return digest, done


@contextlib.contextmanager
def _download_errors(wish: Wish, repo: str) -> Iterator[None]:
    """Turn the many ways a download fails into one sentence each."""
    from httpx2 import HTTPError, InvalidURL
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    try:
        yield
    except GatedRepoError as error:
        reason = f"the repository {repo} asks you to accept its terms on the hub and to log in"
        raise _failed(wish, reason) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise _failed(wish, f"the hub has no public repository {repo}") from error
    except OfflineModeIsEnabled as error:
        raise _failed(wish, "HF_HUB_OFFLINE forbids asking the hub") from error
    except (HTTPError, InvalidURL, HfHubHTTPError, LocalEntryNotFoundError) as error:
        response = getattr(error, "response", None)
        what = f"it answered {response.status_code}" if response is not None else "no connection"
        raise _failed(wish, f"the hub at {_endpoint()} could not be used ({what})") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno == errno.ENOSPC:
            reason = "the disk is full"
        raise _failed(wish, f"{_cache()} could not be written ({reason})") from error


def _failed(wish: Wish, reason: str) -> WinnowError:
    return WinnowError(f"{wish.spec} could not be downloaded: {reason}; {_USE_STARTER}.")


def _url(hf_hub_url: Any, repo: str, name: str) -> str:
    return str(hf_hub_url(repo, name, endpoint=_endpoint()))


def _endpoint() -> str:
    from huggingface_hub import constants

    return str(constants.ENDPOINT)


def _cache() -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)
