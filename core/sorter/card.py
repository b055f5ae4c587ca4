"""The model card: what a sorter is for and how good it is, for people (Mitchell et al. 2019)."""

from __future__ import annotations

from typing import Any

from core.sorter.schema import Content

_CONFUSIONS = 8
_MANY = 60  # classes, or people, that are listed one by one
_HEADS = {
    "prompts": "It was made from prompts alone: no label took part.",
    "plain": "Its head was learned from people's labels.",
    "distilled": "Its head was learned from people's labels and from what neighbours and groups "
    "of look-alike images made of them in the collection.",
}


def text(content: Content) -> str:
    """Markdown, with every name made harmless."""
    return "\n".join(
        [
            f"# {_plain(content.name)}",
            "",
            *_purpose(content),
            *_quality(content),
            *_words(content),
            *_classes(content),
            *_confusions(content),
            *_origin(content),
            *_use(content),
        ]
    )


def _purpose(content: Content) -> list[str]:
    names = [_plain(name) for name in content.names]
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    question = f" It answers the question “{_plain(content.question)}”." if content.question else ""
    return [
        f"Sorts images into {len(names)} classes: {', '.join(names[:_MANY])}{more}.{question} "
        f"{_HEADS[content.head.kind]}",
        "",
        "It is meant for images like those it was made from. Images of other things are given one "
        "of its classes all the same: look at the probability.",
        "",
    ]


def _quality(content: Content) -> list[str]:
    lines = ["## How good it is", ""]
    if content.accuracy is None or content.metrics is None:
        return [
            *lines,
            "Not measured: fewer than 10 random images were labeled. Label some random images in "
            "Winnow and export the model again.",
            "",
        ]
    figures = content.metrics
    lines += [
        f"{content.basis} Intervals are 95 %.",
        "",
        f"- Accuracy {_percent(content.accuracy.value)} "
        f"({_percent(content.accuracy.low)} to {_percent(content.accuracy.high)})",
        f"- Macro F1 {_percent(figures.get('macro_f1'))} "
        f"({_percent(figures.get('macro_f1_low'))} to {_percent(figures.get('macro_f1_high'))})",
        f"- Calibration error {_percent(figures.get('ece'))}; probabilities are at temperature "
        f"{content.head.temperature:.2f}",
    ]
    if content.conformal is not None and content.conformal.floor > 0:
        lines.append(
            f"- The set of possible classes holds the true one in {content.conformal.level:.0%} of "
            "images like those of the collection"
        )
    if content.head.agreement is not None:
        lines.append(
            f"- {_percent(content.head.agreement)} of images kept aside get the class that the "
            f"collection's own model gives them (from labels alone: "
            f"{_percent(content.head.plain_agreement)})"
        )
    return [*lines, ""]


def _words(content: Content) -> list[str]:
    words = content.words
    if words is None:
        return []
    lines = [
        "## Words",
        "",
        f"Where images come with words, as `{_code(words.template)}`, it judges pictures and words "
        f"together; {words.images:,} images of the collection had some. Images without words are "
        "judged by their picture, and all other figures here are those of pictures alone.",
        "",
    ]
    if words.accuracy is None:
        return [
            *lines,
            "How good it is with words was not measured: fewer than 10 random images with words "
            "were labeled.",
            "",
        ]
    value, low, high = words.accuracy.value, words.accuracy.low, words.accuracy.high
    return [
        *lines,
        f"- Accuracy with words {_percent(value)} ({_percent(low)} to {_percent(high)}), on "
        f"{words.audit:,} random images that had some",
        "",
    ]


def _classes(content: Content) -> list[str]:
    per_class: dict[str, Any] = (content.metrics or {}).get("per_class", {})
    lines = [
        "## Classes",
        "",
        "| class | labeled images | images sorted | F1 | in the set from |",
        "|---|---|---|---|---|",
    ]
    for part in content.classes:
        own = per_class.get(part.name, {})
        low, high = own.get("f1_low"), own.get("f1_high")
        f1 = f"{_percent(own.get('f1'))} ({_percent(low)} to {_percent(high)})" if own else "–"
        floor = f"{part.threshold:.2f}" if part.threshold > 0 else "–"
        lines.append(
            f"| {_plain(part.name)} | {part.labels:,} | {part.images:,} | {f1} | {floor} |"
        )
    return [*lines, ""]


def _confusions(content: Content) -> list[str]:
    confusion = (content.metrics or {}).get("confusion")
    if not confusion:
        return []
    names, counts = confusion["labels"], confusion["counts"]
    pairs = sorted(
        (
            (count, names[true], names[guess])
            for true, row in enumerate(counts)
            for guess, count in enumerate(row)
            if true != guess and count
        ),
        key=lambda pair: -pair[0],
    )
    if not pairs:
        return ["## Known confusions", "", "None among the random images that were labeled.", ""]
    return [
        "## Known confusions",
        "",
        *(f"- {_plain(t)} taken for {_plain(g)}: {n}" for n, t, g in pairs[:_CONFUSIONS]),
        "",
    ]


def _origin(content: Content) -> list[str]:
    labels, encoder = content.labels, content.encoder
    people = ", ".join(f"{_plain(p.name)} ({p.labels:,})" for p in labels.people[:_MANY])
    when = f" from {labels.first} to {labels.last}" if labels.first else ""
    alone = labels.count - sum(part.labels for part in content.classes)
    groups = f", {alone:,} of those with a group of classes alone" if alone > 0 else ""
    licence = encoder.licence or "not known to Winnow: look at where the model came from"
    return [
        "## Where it comes from",
        "",
        f"- {content.images:,} images, {labels.count:,} of them labeled{groups}{when}; "
        f"{labels.audit:,} at random" + (f"; by {people}" if people else ""),
        f"- Encoder {_plain(encoder.title)} (`{_code(encoder.spec)}`), licence of its weights: "
        f"{_plain(licence)}",
        f"- Made {content.created} by Winnow {_plain(content.winnow)}",
        "",
    ]


def _use(content: Content) -> list[str]:
    return [
        "## How to use it",
        "",
        "    winnow classify IMAGES --with THIS.winnow --out predictions.csv",
        *(
            ["    winnow classify IMAGES --with THIS.winnow --metadata TABLE.csv"]
            if content.words
            else []
        ),
        "    winnow serve THIS.winnow",
        "",
        f"It needs the encoder `{_code(content.encoder.spec)}`; nothing in the file runs code.",
        "",
    ]


def _percent(value: object) -> str:
    return f"{value:.1%}" if isinstance(value, int | float) else "–"


def _plain(text: str) -> str:
    """A name in one line of Markdown that means nothing but itself."""
    line = " ".join(text.split())
    for sign in "\\`*_[]<>#|":
        line = line.replace(
            sign, f"\\{sign}" if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign]
        )
    return line


def _code(text: str) -> str:
    return " ".join(text.split()).replace("`", "'")
