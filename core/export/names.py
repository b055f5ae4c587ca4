"""Names that any file system takes: folders from class names, files from original names.

What people type as a class ("n/a", "CON", "..") must never reach a path as it stands. The rules are
the strictest of Linux, macOS and Windows at once, because an export is copied from one to another.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache

RESERVED: frozenset[str] = frozenset(
    {
        "review",
        "rejected",
        "rejected.csv",
        "splits",
        "splits.csv",
        "metadata.json",
        "metadata.jsonl",
        "metadata.csv",
        "metadata.parquet",
        "manifest.json",
        "report.txt",
        "report.html",
    }
)
"""Names at the top of every export that are Winnow's own; no class folder may take one. Those of
the formats come on top, see `core.export.planning.class_folders`."""

MAX_FOLDER_BYTES = 120
# Below the 255 bytes of ext4, NTFS and APFS, so that a suffix such as " (2)" still fits.
MAX_FILE_BYTES = 240

# Windows treats these as devices whatever follows the first dot ("nul.jpg" too); see Microsoft's
# "Naming Files, Paths, and Namespaces".
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "clock$", "conin$", "conout$"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"}
)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
# Soft hyphen, zero-width space, text-direction marks, byte-order mark: they make two names look
# alike or read backwards. The joiners U+200C and U+200D stay: emoji and Persian need them.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
# ext4's case-insensitive folders and HFS+ ignore these when they compare names.
_IGNORED_IN_COMPARISON = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u3164\ufe00-\ufe0f\uffa0"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}\Z")
# Names that no rule touches, devices aside: nearly all there are, told without reading each letter.
_ORDINARY = re.compile(r"([A-Za-z0-9_(-][A-Za-z0-9_ ()+,=@#&'!~-]*)(\.[A-Za-z0-9]{1,10})?\Z")


def fold(name: str) -> str:
    """The form in which two names clash: equal folds may be one file on some file system.

    Stricter than any single system on purpose (Unicode case folding after decomposition, with the
    characters left out that case-insensitive file systems ignore).
    """
    if name.isascii():  # of all that only the case is left
        return name.lower()
    bare = _IGNORED_IN_COMPARISON.sub("", unicodedata.normalize("NFD", name))
    caseless = unicodedata.normalize("NFD", bare.upper()).casefold()
    return unicodedata.normalize("NFD", caseless)


def safe_folder_names(
    classes: Sequence[str], reserved: Collection[str] = RESERVED
) -> dict[str, str]:
    """Give every class a folder name.

    Readable names stay as they are. The result does not depend on the order of `classes`, and names
    that came out of this function pass through it unchanged.

    Args:
        classes: class names as the user wrote them; any text, repeats count once.
        reserved: names that no folder may take, compared without case.

    Returns:
        Class name to folder name, in the order of `classes`. Folder names are NFC, at most
        `MAX_FOLDER_BYTES` UTF-8 bytes, free of separators, control characters, device names, dots
        and spaces at the ends, and differ from one another and from `reserved` also without case.
    """
    own = frozenset(fold(name) for name in reserved)
    taken = set(own)
    names = sorted(set(classes))
    cleaned = {name: _clean(name, MAX_FOLDER_BYTES, "unnamed") for name in names}
    # Names that need no change come first, so that "a" keeps its name beside "a " or "a.".
    names.sort(key=lambda name: cleaned[name] != name)
    claim = _claimer(taken, _numbered(MAX_FOLDER_BYTES))
    folders: dict[str, str] = {}
    later: list[str] = []
    for name in names:
        if fold(cleaned[name]) in taken:
            later.append(name)
        else:
            folders[name] = claim([cleaned[name]])
    for name in later:
        base = cleaned[name]
        # "review (class)" beside Winnow's own "review" says more than "review (2)" would.
        wanted = [_append(base, " (class)", MAX_FOLDER_BYTES)] if fold(base) in own else []
        folders[name] = claim([*wanted, base])
    return {name: folders[name] for name in classes}


def safe_file_name(name: str) -> str:
    """Make one file name safe; the same rules as for folders, with the suffix kept.

    Args:
        name: a file name without folders; any text.

    Returns:
        A name of at most `MAX_FILE_BYTES` UTF-8 bytes; unchanged for nearly all real names.
    """
    if _is_ordinary(name):
        return name
    stem, suffix = split_suffix(name)
    return _clean(stem, MAX_FILE_BYTES - len(suffix), "unnamed", is_end=not suffix) + suffix


def _is_ordinary(name: str) -> bool:
    match = _ORDINARY.match(name)
    if match is None or len(name) > MAX_FILE_BYTES or (not match[2] and name[-1] == " "):
        return False
    return match[1].rstrip().lower() not in _DEVICES


def split_suffix(name: str) -> tuple[str, str]:
    """Split "photo.jpg" into ("photo", ".jpg"); a name without a plain suffix gets ""."""
    match = _SUFFIX.search(name)
    return (name[: match.start()], match.group()) if match else (name, "")


def distinct_file_names(wanted: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """Settle the file names of one folder.

    Args:
        wanted: for each file, in order of precedence, its own name and further names to try when
            that is taken, best first. All must be safe already.

    Returns:
        One name per file, in the order given, all different also without case. The first file to
        want a name as its own gets it, before any file falls back on it.
    """
    taken: set[str] = set()
    claim = _claimer(taken, _numbered(MAX_FILE_BYTES, keep_suffix=True))
    settled: list[str | None] = []
    for own, _ in wanted:
        settled.append(claim([own]) if fold(own) not in taken else None)
    return [
        name if name is not None else claim([*others, own])
        for name, (own, others) in zip(settled, wanted, strict=True)
    ]


def with_note(name: str, note: str) -> str:
    """Put a readable note into a safe file name: ("a.jpg", "holiday") gives "a (holiday).jpg"."""
    stem, suffix = split_suffix(name)
    return _append(stem, f" ({_safe_note(note)}){suffix}", MAX_FILE_BYTES)


@lru_cache(maxsize=4_096)  # thousands of files come from a few folders
def _safe_note(note: str) -> str:
    return _clean(note, 60, "other")


def _claimer(
    taken: set[str], numbered: Callable[[str, int], str]
) -> Callable[[Iterable[str]], str]:
    """A function that takes the first free of several names, or numbers the last of them."""
    next_number: dict[str, int] = {}

    def claim(candidates: Iterable[str]) -> str:
        candidate = ""
        for candidate in candidates:
            if fold(candidate) not in taken:
                taken.add(fold(candidate))
                return candidate
        # Remembering where the count stands keeps 60,000 files called image.jpg linear.
        number = next_number.get(fold(candidate), 2)
        while fold(numbered(candidate, number)) in taken:
            number += 1
        next_number[fold(candidate)] = number + 1
        name = numbered(candidate, number)
        taken.add(fold(name))
        return name

    return claim


def _numbered(limit: int, keep_suffix: bool = False) -> Callable[[str, int], str]:
    def name_with_number(name: str, number: int) -> str:
        stem, suffix = split_suffix(name) if keep_suffix else (name, "")
        return _append(stem, f" ({number}){suffix}", limit)

    return name_with_number


def _append(stem: str, tail: str, limit: int) -> str:
    return _cut(stem, limit - len(tail.encode())).rstrip(" .") + tail


def _clean(name: str, limit: int, fallback: str, is_end: bool = True) -> str:
    """One name that is safe by itself; uniqueness is the caller's business.

    With `is_end` false a suffix follows, and dots and spaces at the end may stay.
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", name))
    text = _FORBIDDEN.sub("_", "".join(_plain(char) for char in text))
    text = _trim(unicodedata.normalize("NFC", text), is_end)
    text = _trim(_cut(text, limit), is_end)
    if text.split(".")[0].rstrip().casefold() in _DEVICES:
        text = _trim(_cut("_" + text, limit), is_end)
    # A name of nothing but ignored characters would be empty to some file systems.
    return text if fold(text) else fallback


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if char in "\t\n\r\v\f" or category in ("Zl", "Zp"):
        return " "
    # Control, half a surrogate pair (an undecodable byte), unassigned (macOS refuses those).
    return "_" if category in ("Cc", "Cs", "Cn") else char


def _trim(text: str, is_end: bool) -> str:
    """Drop dots, white space and joiners from the start and, if it is one, from the end."""
    start, end = 0, len(text)
    while start < end and _is_edge(text[start]):
        start += 1
    while is_end and end > start and _is_edge(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_edge(char: str) -> bool:
    return char.isspace() or char in ".\u200c\u200d"


def _cut(text: str, limit: int) -> str:
    """The longest beginning of `text` within `limit` UTF-8 bytes."""
    return text.encode()[:limit].decode(errors="ignore")
