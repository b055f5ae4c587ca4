"""Hostile bodies for `winnow serve`: damaged pictures, wrong types, huge numbers, bombs.

Each case is a request as it goes over the wire, less its token. One server a process answers them
all, on a real socket. An answer must be JSON: 200 where something could be used, else a status of
the four hundreds with one sentence.
"""

from __future__ import annotations

import atexit
import base64
import http.client
import json
import random
import tempfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from mutations import mutated, seeds

from fuzzing import Case, images

COUNT = 2_000
MEMORY = 700_000_000
_JSON, _FORM, _RAW = "application/json", "multipart/form-data; boundary=mark", "image/jpeg"
_PATHS = ("/v1/classify", "/v1/search", "/v1/feedback")
_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, 10**30, "", "x", "\u0000", "\U0001f600", "<script>", [], {},
    [[]], {"a": {}}, ["QUJD"], "QUJD", "A" * 100_000, "../../x", "0" * 32, 2**63, -(2**63), 0.1,
)  # fmt: skip
_FIELDS = ("images", "image", "text", "key", "id", "right", "class", "label", "person", "x")


def cases(seed: int, count: int) -> Iterator[Case]:
    """Requests of one kind of damage each: a line with path and type, then the body."""
    chance = random.Random(seed)
    pictures = seeds()
    damaged = images.cases(seed, count)
    for number in range(count):
        make = _KINDS[number % len(_KINDS)]
        picture = next(damaged)[1] if chance.random() < 0.8 else chance.choice(pictures)
        assert isinstance(picture, bytes)
        path, kind, body = make(picture, chance)
        name = f"{number}-{make.__name__.strip('_')}"
        yield name, f"{path}\n{kind}\n".encode() + body


def run(case: Case) -> str:
    """Send a case, and judge the answer."""
    name, data = case
    assert isinstance(data, bytes)
    path, kind, body = data.split(b"\n", 2)
    connection = http.client.HTTPConnection("127.0.0.1", _server(), timeout=120)
    try:
        connection.request("POST", path.decode(), body, {"Content-Type": kind.decode("latin-1")})
        answer = connection.getresponse()
        content = json.loads(answer.read())
    finally:
        connection.close()
    if answer.status == 200:
        return "answered"
    assert 400 <= answer.status < 500, f"{name}: {answer.status} {content}"
    text = content["error"]
    assert set(content) == {"error"} and isinstance(text, str), content
    assert 10 < len(text) < 1_000 and "\n" not in text and "Traceback" not in text, text
    return f"{answer.status}"


@cache
def _server() -> int:
    """The port of this process's server."""
    from api.serving import coloured, model_of, running

    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    project = coloured(Path(folder.name))
    file = model_of(project, Path(folder.name) / "colours.winnow")
    context = running([file], project=project, token=None)
    served = context.__enter__()
    _ALIVE.append(context)  # else it would be closed with its last reference
    return served.port


_ALIVE: list[Any] = []


# -- kinds of damage: path, type, body -----------------------------------------------------------


def _raw(picture: bytes, chance: random.Random) -> tuple[str, str, bytes]:
    return chance.choice(_PATHS[:2]), _RAW, picture


def _form(picture: bytes, chance: random.Random) -> tuple[str, str, bytes]:
    return _PATHS[0], _FORM, _parts([picture] * chance.randint(1, 4))


def _broken_form(picture: bytes, chance: random.Random) -> tuple[str, str, bytes]:
    kind = chance.choice(
        (
            _FORM,
            _FORM,
            "multipart/form-data",
            "multipart/form-data; boundary=",
            'multipart/form-data; boundary="a"; boundary=b',
            _FORM + "; charset=x",
        )
    )
    return _PATHS[0], kind, mutated(_parts([picture[:2_000]]), chance)


def _many_parts(picture: bytes, chance: random.Random) -> tuple[str, str, bytes]:
    return _PATHS[0], _FORM, _parts([b"x"] * chance.choice((65, 200, 3_000)))


def _base64(picture: bytes, chance: random.Random) -> tuple[str, str, bytes]:
    text = base64.b64encode(picture).decode()
    if chance.random() < 0.3:
        text = text[: chance.randrange(len(text) + 1)] + chance.choice(("", "=", "\n", "ü", " "))
    content = {"images": [text]} if chance.random() < 0.7 else {"image": text}
    return chance.choice(_PATHS[:2]), _JSON, json.dumps(content).encode()


def _wrong_types(picture: bytes, chance: random.Random) -> tuple[str, str, bytes]:
    fields = {chance.choice(_FIELDS): chance.choice(_ODD) for _ in range(chance.randint(0, 5))}
    content = fields if chance.random() < 0.8 else chance.choice(_ODD)
    return chance.choice(_PATHS), _JSON, json.dumps(content).encode()


def _feedback(picture: bytes, chance: random.Random) -> tuple[str, str, bytes]:
    content: dict[str, Any] = {"key": "k" * 10, "id": "0" * 32, "right": True, "class": "red"}
    content[chance.choice(list(content))] = chance.choice(_ODD)
    return _PATHS[2], _JSON, json.dumps(content).encode()


def _broken_json(picture: bytes, chance: random.Random) -> tuple[str, str, bytes]:
    whole = json.dumps({"images": [base64.b64encode(picture[:500]).decode()] * 3}).encode()
    return chance.choice(_PATHS), _JSON, mutated(whole, chance)


def _deep(picture: bytes, chance: random.Random) -> tuple[str, str, bytes]:
    depth = chance.choice((100, 10_000, 1_000_000))
    opening = chance.choice((b"[", b'{"a":', b'{"images":['))
    return chance.choice(_PATHS), _JSON, opening * depth


def _numbers(picture: bytes, chance: random.Random) -> tuple[str, str, bytes]:
    digits = b"9" * chance.choice((20, 400, 5_000, 1_000_000))
    number = chance.choice((digits, b"-" + digits, digits + b"." + digits, b"1e" + digits, b"NaN"))
    return chance.choice(_PATHS), _JSON, b'{"images": [%s], "text": %s}' % (number, number)


def _bomb(picture: bytes, chance: random.Random) -> tuple[str, str, bytes]:
    """Some kilobytes that claim, and hold, hundreds of megapixels of nothing."""
    import struct

    side = chance.choice((9_000, 14_000, 30_000, 2**31 - 1))

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    packed = zlib.compress(bytes(3_000_000), 9)
    png = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return _PATHS[0], _FORM, _parts([png] * chance.randint(1, 3))


def _odd_query(picture: bytes, chance: random.Random) -> tuple[str, str, bytes]:
    value = chance.choice(("0", "-1", "9" * 400, "x", "", "%00", "1e3", "%F0%9F", "1&top=2"))
    name = chance.choice(("top", "model"))
    return f"{_PATHS[0]}?{name}={value}", _RAW, picture


def _odd_type(picture: bytes, chance: random.Random) -> tuple[str, str, bytes]:
    kind = chance.choice(
        (
            "",
            "x",
            "text/html",
            ";",
            "image/",
            "application/json; charset=utf-32",
            "multipart/mixed; boundary=mark",
            "image/svg+xml",
            "*/*",
        )
    )
    return chance.choice(_PATHS), kind, picture


def _parts(files: list[bytes]) -> bytes:
    head = b'--mark\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
    return b"".join(head + data + b"\r\n" for data in files) + b"--mark--\r\n"


_KINDS: tuple[Callable[[bytes, random.Random], tuple[str, str, bytes]], ...] = (
    _raw, _form, _broken_form, _base64, _wrong_types, _feedback, _broken_json, _deep, _numbers,
    _bomb, _odd_query, _odd_type, _many_parts, _raw, _form, _base64,
)  # fmt: skip
