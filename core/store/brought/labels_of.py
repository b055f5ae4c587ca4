"""Small parts that the readers share."""

from __future__ import annotations

from core.store.table_rows import NO_PATH, Rejected, Rows

NO_LABEL, SEVERAL, NOT_TEXT = "no label", "several labels", "a label that is no text"


def put(rows: Rows, line: int, path: object, labels: list[object]) -> None:
    """Add an image with the labels that a program gives it to the rows, or to what does not count.

    Args:
        line: which image of the file it is, from 1.
        path: where it lies; anything but a text is none.
        labels: none, one or several.
    """
    place = path.strip() if isinstance(path, str) else ""
    texts = [str(label) for label in labels if isinstance(label, str | int)]
    text = ", ".join(texts)[:1_000]
    if not place:
        rows.rejected.append(Rejected(line, "", text, NO_PATH))
    elif len(labels) > 1:
        rows.rejected.append(Rejected(line, place, text, SEVERAL))
    elif len(texts) < len(labels) or isinstance(next(iter(labels), None), bool):
        rows.rejected.append(Rejected(line, place, "", NOT_TEXT))
    elif not text.strip():
        rows.rejected.append(Rejected(line, place, "", NO_LABEL))
    else:
        rows.rows.append((line, place, texts[0]))
