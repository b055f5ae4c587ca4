"""What is wrong with a vocabulary of tags, beyond the shape of its file."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from core.tags import rules
from core.tags.vocabulary import ACCEPT, REJECT, Tags

MAX_CODE = 64
COLUMNS = frozenset(
    {"id", "path", "size", "width", "height", "format", "copies", "label", "class"}
    | {
        "class_confidence",
        "class_source",
        "confidence",
        "source",
        "code",
        "band",
        "model",
        "vocabulary",
        "type",
    }
)
"""Lower-case names of the table's own columns: a tag's code would hide them."""
SUFFIX = "_band"
"""Follows a code in the name of its column of bands."""

Place = tuple[str | int, ...]
Problem = tuple[Place, str]
"""Where in the file, and the rest of a sentence that begins with that place."""


def problems(tags: Tags) -> Iterator[Problem]:
    """What is wrong between the entries of a vocabulary, in the order of the file."""
    yield from _codes(tags)
    for tag in tags.tags:
        settings = tags.settings(tag)
        low = REJECT if settings.reject is None else settings.reject
        high = ACCEPT if settings.accept is None else settings.accept
        if low >= high:
            name = "accept" if tag.settings.reject is None else "reject"
            reason = f"leaves nothing between them: reject is {low:g}, accept is {high:g}"
            yield ("tags", tag.code, name), reason
    yield from _rules(tags)


def _codes(tags: Tags) -> Iterator[Problem]:
    entries = [("tags", tag.code) for tag in tags.tags]
    entries += [("derived", tag.code) for tag in tags.derived]
    seen: dict[str, str] = {}
    for place in entries:
        code = place[1]
        folded = code.casefold()
        if not rules.CODE.fullmatch(code) or len(code) > MAX_CODE:
            yield (
                place,
                "is no code: begin with a letter and go on with letters, digits, _ or -, "
                f"{MAX_CODE} characters at most",
            )
        elif folded in rules.WORDS or folded in COLUMNS:
            yield place, "is a word of rules or a column of the table: choose another code"
        elif folded in seen:
            same = "" if seen[folded] == code else f", once as {seen[folded]!r}"
            yield place, f"is there twice{same}: rename or remove one"
        seen.setdefault(folded, code)
    for place in entries:
        stem = place[1].casefold().removesuffix(SUFFIX)
        if stem in seen and stem != place[1].casefold():
            yield place, f"would hide the bands of {seen[stem]!r}: choose another code"


def _rules(tags: Tags) -> Iterator[Problem]:
    codes = set(tags.codes)
    needs: dict[str, set[str]] = {}
    for tag in tags.derived:
        place = ("derived", tag.code)
        try:
            named = tag.parsed.codes()
        except rules.RuleError as error:
            yield place, str(error)
            continue
        unknown = sorted(named - codes)
        if unknown:
            yield place, f"names {unknown[0]!r}, which is no tag: {_nearest(unknown[0], tags)}"
        needs[tag.code] = {code for code in named if code in codes}
    circle = _circle(needs)
    if circle:
        yield ("derived", circle[0]), f"refers to itself ({' → '.join(circle)}): break the circle"


def _nearest(code: str, tags: Tags) -> str:
    others = tags.codes
    close = get_close_matches(code, others, 1)
    if close:
        return f"do you mean {close[0]!r}?"
    more = ", …" if len(others) > 10 else ""
    return f"the tags are {', '.join(others[:10])}{more}"


def _circle(needs: dict[str, set[str]]) -> list[str]:
    """Codes of one circle, the first repeated at the end; empty when there is none."""
    done: set[str] = set()
    for start in needs:
        path = [start]
        waiting = [iter(sorted(needs[start]))]
        while waiting:
            code = next(waiting[-1], None)
            if code is None:
                done.add(path.pop())
                waiting.pop()
            elif code in path:
                return [*path[path.index(code) :], code]
            elif code in needs and code not in done:
                path.append(code)
                waiting.append(iter(sorted(needs[code])))
    return []
