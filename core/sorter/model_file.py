"""``NAME.winnow``: a ZIP of plain data, written in one step and read with suspicion."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import write_atomic
from core.sorter.arrays import of_arrays, to_arrays
from core.sorter.schema import FORMAT, MOST_EXEMPLARS, VERSION, Content
from core.sorter.sorter import Sorter

SUFFIX = ".winnow"
_CONTENT, _WEIGHTS, _CARD, _EXEMPLARS = (
    "model.json",
    "weights.safetensors",
    "README.md",
    "exemplars.json",
)
_LIMITS = {_CONTENT: 20_000_000, _WEIGHTS: 2_000_000_000, _CARD: 4_000_000, _EXEMPLARS: 50_000_000}
"""Bytes that a member may have, unpacked."""
_DATE = (1980, 1, 1, 0, 0, 0)  # equal sorters are equal files


class _Example(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    path: str = Field(max_length=10_000)


class _Examples(BaseModel):
    model_config = ConfigDict(extra="forbid")
    images: list[_Example] = Field(max_length=MOST_EXEMPLARS)


def write(sorter: Sorter, path: Path) -> None:
    """Write a sorter as one file.

    ``content.files`` of what is written are the digests of what is written, whatever it was.

    Raises:
        StorageError: the disk is full or broken, or the folder cannot be written.
    """
    members = {_WEIGHTS: save_tensors(to_arrays(sorter)), _CARD: sorter.card.encode()}
    if sorter.exemplars is not None:
        named = zip(sorter.exemplars.ids, sorter.exemplars.paths, strict=True)
        images = [{"id": image_id, "path": name} for image_id, name in named]
        # What is no text in UTF-8 (bytes of a file's name) stays readable and harmless.
        text = json.dumps({"images": images}, ensure_ascii=True)
        members[_EXEMPLARS] = text.encode()
    content = sorter.content.model_copy(update={"files": digests(members)})
    plain = json.dumps(content.model_dump(mode="json"), indent=1, ensure_ascii=True)
    write_atomic(path, lambda target: _pack(target, {_CONTENT: plain.encode()} | members))


def digests(members: Mapping[str, bytes]) -> dict[str, str]:
    """Member → SHA-256, 64 hex digits."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}


def _pack(path: Path, members: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr = 0o644 << 16
            # Numbers hardly shrink; text does.
            info.compress_type = zipfile.ZIP_STORED if name == _WEIGHTS else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)


def read(path: Path) -> Sorter:
    """Read a model file; nothing in it can run, and nothing of it is believed unchecked.

    Raises:
        WinnowError: it is missing, no model file, damaged, tampered with, too large, or of a newer
            Winnow: one sentence that says which and what to do.
    """
    try:
        members = _members(path)
        content = _content(members[_CONTENT])
        _check_digests(content, members)
        arrays = load_tensors(members[_WEIGHTS])
        return of_arrays(
            content, arrays, _examples(members.get(_EXEMPLARS)), members[_CARD].decode("utf-8")
        )
    except OSError as error:
        raise WinnowError(
            f"The model file {path} cannot be read ({error.strerror or error}): check the path."
        ) from error
    except (SafetensorError, KeyError, TypeError) as error:
        raise _damaged(path, f"its numbers cannot be read: {error}") from error
    except ValueError as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, why: str) -> WinnowError:
    reason = " ".join(why.split())[:300]
    return WinnowError(
        f"The model file {path} is damaged or was changed ({reason}): get it again from where it "
        "came from."
    )


def _members(path: Path) -> dict[str, bytes]:
    """Name → bytes of all members; ValueError for what no model file of ours looks like."""
    with inputs.open_file(path) as file:
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
            raise WinnowError(
                f"{path} is no model file of Winnow: name a file that winnow model export wrote."
            ) from error
        with archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if _CONTENT not in names:
                raise WinnowError(f"{path} is no model file of Winnow: it holds no {_CONTENT}.")
            if len(set(names)) < len(names):
                raise ValueError("a part of it is there twice")
            for name in names:
                if name not in _LIMITS:
                    raise ValueError(f"it holds {name[:60]!r}, which does not belong there")
            for name in (_WEIGHTS, _CARD):
                if name not in names:
                    raise ValueError(f"it holds no {name}")
            return {info.filename: _member(archive, info) for info in infos}


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    limit = _LIMITS[info.filename]
    if info.flag_bits & 1:
        raise ValueError(f"{info.filename} is encrypted")
    if info.file_size > limit:
        raise ValueError(f"{info.filename} has {info.file_size:,} bytes, at most {limit:,} can be")
    try:
        with archive.open(info) as member:
            return _read(member, info, limit)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise ValueError(f"{info.filename} cannot be unpacked: {error}") from error
    except Exception as error:  # zlib and lzma have errors of their own
        if type(error).__module__ in ("zlib", "_lzma", "lzma"):
            raise ValueError(f"{info.filename} cannot be unpacked: {error}") from error
        raise


def _read(member: IO[bytes], info: zipfile.ZipInfo, limit: int) -> bytes:
    """All of a member, in pieces: what it says of its size need not be true."""
    whole = io.BytesIO()
    while piece := member.read(1 << 20):
        whole.write(piece)
        if whole.tell() > min(limit, info.file_size):
            raise ValueError(f"{info.filename} is longer than it says")
    return whole.getvalue()


def _content(data: bytes) -> Content:
    try:
        document: Any = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (RecursionError, ValueError) as error:
        raise ValueError(f"{_CONTENT} is no JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"{_CONTENT} is not of a model file")
    version = document.get("version")
    if isinstance(version, int) and version > VERSION:
        raise WinnowError(
            f"The model file is of format {version}, and this Winnow reads up to {VERSION}: "
            "update Winnow."
        )
    try:
        return Content.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or _CONTENT
        raise ValueError(f"{where}: {first['msg']}") from error


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _check_digests(content: Content, members: Mapping[str, bytes]) -> None:
    actual = digests({name: data for name, data in members.items() if name != _CONTENT})
    if set(actual) != set(content.files):
        raise ValueError("its parts are not those it lists")
    for name, digest in actual.items():
        if content.files[name] != digest:
            raise ValueError(f"{name} is not what was written")


def _examples(data: bytes | None) -> tuple[list[str], list[str]] | None:
    if data is None:
        return None
    try:
        images = _Examples.model_validate_json(data).images
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{_EXEMPLARS}: {first['msg']}") from error
    return [image.id for image in images], [image.path for image in images]
