"""A model file: what is written is read again; what was changed is refused in one sentence."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save
from sorter.making_one import DIM, drawn_sorter, unit

from core.runtime.errors import WinnowError
from core.sorter import model_file
from core.sorter.model_file import digests, read, write
from core.sorter.schema import VERSION

Members = dict[str, bytes]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "colours.winnow"
    write(drawn_sorter(), path)
    return path


def unpacked(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, members: Members, signed: bool = False) -> Path:
    """Write members; signed: with digests that fit, as somebody with time would do it."""
    if signed:
        content = json.loads(members["model.json"])
        content["files"] = digests({n: d for n, d in members.items() if n != "model.json"})
        members = members | {"model.json": json.dumps(content).encode()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("looks", [(0, DIM), (1, 5)])
@pytest.mark.parametrize("kind", ["distilled", "prompts"])
def test_what_is_read_is_what_was_written(
    tmp_path: Path, looks: tuple[int, int], kind: str
) -> None:
    before = drawn_sorter(looks, kind)
    write(before, tmp_path / "a.winnow")
    after = read(tmp_path / "a.winnow")
    vectors = unit((50, DIM), 9)
    assert (after.head.probabilities(vectors) == before.head.probabilities(vectors)).all()
    assert after.content.model_copy(update={"files": {}}) == before.content
    assert after.card == before.card and after.exemplars is not None
    assert after.exemplars.paths == ["a/1.jpg", "é.jpg", "b|c.jpg", "x"]
    assert (after.directions == before.directions).all()
    assert (after.tag_models["dark"].slopes == before.tag_models["dark"].slopes).all()


def test_equal_sorters_are_equal_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(drawn_sorter(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


# -- changed files -------------------------------------------------------------------------------


def _json(change: Callable[[dict], object]) -> Callable[[Members], Members]:
    def made(members: Members) -> Members:
        content = json.loads(members["model.json"])
        change(content)
        return members | {"model.json": json.dumps(content).encode()}

    return made


def _tensors(change: Callable[[dict], object]) -> Callable[[Members], Members]:
    def made(members: Members) -> Members:
        arrays = dict(load(members["weights.safetensors"]))
        change(arrays)
        return members | {"weights.safetensors": save(arrays)}

    return made


def _set(name: str, value: object) -> Callable[[dict], object]:
    return lambda entries: entries.__setitem__(name, value)


def _nan(arrays: dict) -> None:
    arrays["texts"] = arrays["texts"].copy()
    arrays["texts"][0, 0] = np.nan


def _longer(arrays: dict) -> None:
    arrays["texts"] = arrays["texts"] * 3


def _header_of(size: int) -> Callable[[Members], Members]:
    return lambda m: m | {"weights.safetensors": size.to_bytes(8, "little") + b"{}"}


SIGNED: dict[str, Callable[[Members], Members]] = {
    "a pickle for weights": lambda m: m | {"weights.safetensors": pickle.dumps(print)},
    "a member too much": lambda m: m | {"evil.py": b"print()"},
    "a path out": lambda m: m | {"../evil": b""},
    "an absolute path": lambda m: m | {"/etc/evil": b""},
    "no weights": lambda m: {n: d for n, d in m.items() if n != "weights.safetensors"},
    "no card": lambda m: {n: d for n, d in m.items() if n != "README.md"},
    "no examples": lambda m: {n: d for n, d in m.items() if n != "exemplars.json"},
    "a header of 2^60 bytes": _header_of(1 << 60),
    "empty weights": lambda m: m | {"weights.safetensors": b""},
    "NaN": _tensors(_nan),
    "infinite": _tensors(_set("head.shifts", np.full((2, 3), np.inf, np.float32))),
    "not of length one": _tensors(_longer),
    "a wrong shape": _tensors(_set("texts", unit((4, DIM), 0))),
    "a wrong type": _tensors(_set("texts", unit((3, DIM), 0).astype(np.float64))),
    "one array less": _tensors(lambda a: a.pop("middle")),
    "one array more": _tensors(_set("more", np.zeros(3, np.float32))),
    "shares that are none": _tensors(_set("head.weights", np.array([0.9, 0.9]))),
    "a class that there is not": _tensors(_set("exemplars.classes", np.full(4, 3, np.int32))),
    "a dimension of millions": _json(lambda c: c["encoder"].update(dim=10**9)),
    "looks outside": _json(lambda c: c["encoder"].update(looks=[0, 99])),
    "one class twice": _json(lambda c: c["classes"][0].update(name="green")),
    "one class only": _json(lambda c: c.update(classes=c["classes"][:1])),
    "a negative temperature": _json(lambda c: c["head"].update(temperature=-1)),
    "a temperature of NaN": _json(lambda c: c["head"].update(temperature=float("nan"))),
    "a text for a number": _json(lambda c: c.update(images="many")),
    "a field too much": _json(_set("run", "rm")),
    "another head": _json(lambda c: c["head"].update(kind="prompts")),
    "no format": _json(lambda c: c.pop("format")),
    "a name of a megabyte": _json(_set("name", "x" * 10**6)),
    "an accuracy of 7": _json(_set("accuracy", {"value": 7, "low": 0, "high": 1})),
    "JSON that is none": lambda m: m | {"model.json": b"{"},
    "JSON nested without end": lambda m: m | {"model.json": b"[" * 100_000},
    "examples of another form": lambda m: m | {"exemplars.json": b'{"images": [{"id": "x"}]}'},
    "a card that is no text": lambda m: m | {"README.md": b"\xff\xfe"},
}


@pytest.mark.parametrize("case", SIGNED)
def test_a_changed_file_is_refused_in_one_sentence(
    written: Path, tmp_path: Path, case: str
) -> None:
    members = SIGNED[case](unpacked(written))
    try:
        path = packed(tmp_path / "changed.winnow", members, signed=True)
    except (
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
    ):  # model.json is none, so nobody can sign it
        path = packed(tmp_path / "changed.winnow", members)
    with pytest.raises(WinnowError) as error:
        read(path)
    assert "\n" not in str(error.value) and str(error.value).endswith(".")


@pytest.mark.parametrize("name", ["weights.safetensors", "README.md", "exemplars.json"])
def test_a_member_that_is_not_what_was_written(written: Path, tmp_path: Path, name: str) -> None:
    members = unpacked(written)
    data = bytearray(members[name])
    data[len(data) // 2] ^= 1
    with pytest.raises(WinnowError, match=r"damaged or was changed.*not what was written"):
        read(packed(tmp_path / "x.winnow", members | {name: bytes(data)}))


def test_every_cut_is_refused(written: Path, tmp_path: Path) -> None:
    data = written.read_bytes()
    for length in range(0, len(data) - 1, max(1, len(data) // 60)):
        path = tmp_path / "cut.winnow"
        path.write_bytes(data[:length])
        with pytest.raises(WinnowError):
            read(path)


def test_every_flipped_byte_is_refused_or_changes_nothing(written: Path, tmp_path: Path) -> None:
    data, whole = written.read_bytes(), read(written)
    for at in range(0, len(data), max(1, len(data) // 150)):
        path = tmp_path / "flipped.winnow"
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        try:
            other = read(path)
        except WinnowError:
            continue
        assert (other.head.texts == whole.head.texts).all()
        assert other.card == whole.card


def test_a_newer_format_says_so(written: Path, tmp_path: Path) -> None:
    members = _json(_set("version", VERSION + 1))(unpacked(written))
    with pytest.raises(WinnowError, match=f"format {VERSION + 1}.*update Winnow"):
        read(packed(tmp_path / "new.winnow", members, signed=True))


def test_a_member_twice(written: Path, tmp_path: Path) -> None:
    members = unpacked(written)
    path = packed(tmp_path / "twice.winnow", members)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("README.md", b"another")
    with pytest.raises(WinnowError, match="twice"):
        read(path)


def test_a_bomb_costs_nothing(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(model_file._LIMITS, "README.md", 1_000)
    members = unpacked(written)
    path = tmp_path / "bomb.winnow"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, b"0" * 10_000_000 if name == "README.md" else data)
    with pytest.raises(WinnowError, match="at most 1,000"):
        read(path)


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all", b"\x80\x04."])
def test_what_is_no_model_file(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.winnow"
    path.write_bytes(data)
    with pytest.raises(WinnowError, match="no model file"):
        read(path)


def test_a_zip_of_other_things(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.jpg", b"")
    (tmp_path / "x.winnow").write_bytes(stream.getvalue())
    with pytest.raises(WinnowError, match=r"holds no model\.json"):
        read(tmp_path / "x.winnow")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match="cannot be read"):
        read(tmp_path / "nowhere.winnow")
