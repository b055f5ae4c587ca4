"""JSON documents too long to build in memory, written the same way every time."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DECIMALS = 6
_ALREADY_PLAIN = frozenset({str, int, bool, type(None)})


@dataclass(frozen=True)
class Blocks:
    """The elements of an array as JSON text already, some at a time, with commas between them."""

    texts: Iterator[str]


def write_json(path: Path, document: Mapping[str, object]) -> None:
    """Write one JSON object.

    Keys are sorted, floats rounded to `DECIMALS`, NaN and infinity become null, the encoding is
    UTF-8 and lines end in "\\n": equal documents give equal bytes. A value that is an iterator is
    written as an array with one element a line, as it is consumed, so memory stays flat. File names
    that are not valid UTF-8 keep their bytes as "\\udc.." escapes, which Python reads back.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        separator = "{\n"
        for key in sorted(document):
            file.write(f"{separator}{json.dumps(key, ensure_ascii=False)}: ")
            value = document[key]
            if isinstance(value, Blocks):
                file.writelines(_array(value.texts))
            elif isinstance(value, Iterator):
                file.writelines(_array(map(_dump, value)))
            else:
                file.write(_dump(value))
            separator = ",\n"
        file.write("\n}\n" if document else "{}\n")


def _array(elements: Iterable[str]) -> Iterator[str]:
    separator = "[\n"
    for element in elements:
        yield separator + element
        separator = ",\n"
    yield "[]" if separator == "[\n" else "\n]"


def _dump(value: object) -> str:
    return _ENCODER.encode(plain(value))


def rounded(value: float) -> float | None:
    """A number as it is written: `DECIMALS` decimals, None when it is not finite."""
    return round(float(value), DECIMALS) if math.isfinite(value) else None


def plain(value: Any) -> Any:
    """`value` in plain JSON types: rounded floats, lists for tuples and sets, string keys.

    Raises:
        TypeError: `value` holds something that JSON has no form for.
    """
    # The exact type first: this runs two million times for 60,000 images.
    if type(value) in _ALREADY_PLAIN:
        return value
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, (dict, Mapping)):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(entry) for entry in value)
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, (str, int)):
        return value
    if hasattr(value, "tolist"):  # a numpy scalar or array
        return plain(value.tolist())
    raise TypeError(f"no JSON form for {type(value).__name__}: {value!r}")


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, allow_nan=False, separators=(", ", ": ")
)
