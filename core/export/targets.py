"""Where each image goes inside its class folder: names settled once, for all formats alike."""

from collections import defaultdict
from collections.abc import Sequence

from core.export.names import distinct_file_names, fold, safe_file_name, with_note


def settle(
    folders: Sequence[str], paths: Sequence[str], renamed: Sequence[bool] | None = None
) -> list[str]:
    """The path of each file inside the export.

    Of several files with one name in one folder, the one nearest to the image root (then the first
    by path) keeps it; the others get the folder in which their paths differ, or a number.

    Args:
        folders: (N,) the folder of each file, such as "cat" or "review/cat".
        paths: (N,) its original path, relative to the image folder, with forward slashes; perhaps
            with another suffix.
        renamed: (N,) whether it has another suffix; such a file gives way to one that has not.

    Returns:
        (N,) folder/name, no two alike on any file system.
    """
    by_folder: dict[str, list[int]] = defaultdict(list)
    for index, folder in enumerate(folders):
        by_folder[folder].append(index)
    targets = [""] * len(paths)
    for folder, indexes in by_folder.items():
        indexes.sort(key=lambda i: (bool(renamed and renamed[i]), *_precedence(paths[i])))
        names = distinct_file_names(_wanted_names([paths[i] for i in indexes]))
        for index, name in zip(indexes, names, strict=True):
            targets[index] = f"{folder}/{name}"
    return targets


def _precedence(path: str) -> tuple[bool, int, str]:
    """Untouched names first, then files nearest to the root, then by path."""
    name = path.rpartition("/")[2]
    return safe_file_name(name) != name, path.count("/"), path


def _wanted_names(paths: list[str]) -> list[tuple[str, list[str]]]:
    """For each file its own safe name, and what to call it when an earlier file has that."""
    keepers: dict[str, str] = {}
    wanted: list[tuple[str, list[str]]] = []
    for path in paths:
        own = safe_file_name(path.rpartition("/")[2])
        keeper = keepers.setdefault(fold(own), path)
        note = _telling_folder(path, keeper)
        wanted.append((own, [with_note(own, note)] if note else []))
    return wanted


def _telling_folder(path: str, keeper: str) -> str | None:
    """The innermost folder of `path` that is not also the keeper's at the same height."""
    here, there = path.split("/")[-2::-1], keeper.split("/")[-2::-1]
    for height, folder in enumerate(here):
        if height >= len(there) or there[height] != folder:
            return folder
    return None
