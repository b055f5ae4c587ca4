"""The histogram of report.html as inline SVG; its colours come from the page."""

from collections.abc import Sequence

_BINS = 20
_WIDTH, _HEIGHT = 900, 240
_LEFT, _BOTTOM, _TOP = 52, 26, 10


def histogram(sure: Sequence[float], doubt: Sequence[float]) -> str:
    """Images by probability, those for review stacked on the others.

    Args:
        sure, doubt: probabilities in [0, 1]; what is not finite is left out.

    Returns:
        One <svg> element.
    """
    low, high = _count(sure), _count(doubt)
    top = _round_up(max(a + b for a, b in zip(low, high, strict=True)))
    step = (_WIDTH - _LEFT) / _BINS
    scale = (_HEIGHT - _BOTTOM - _TOP) / top
    base = _HEIGHT - _BOTTOM
    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="Histogram">']
    for share in (0, 0.5, 1):
        y = base - share * top * scale
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share * top:,.0f}</text>'
        )
    for index, (first, second) in enumerate(zip(low, high, strict=True)):
        x = _LEFT + index * step + 1
        span = f"{index / _BINS:.0%} to {(index + 1) / _BINS:.0%}"
        for count, below, kind in ((first, 0, ""), (second, first, ' class="doubt"')):
            if count:
                y = base - (below + count) * scale
                parts.append(
                    f'<rect{kind} x="{x:.1f}" y="{y:.1f}" width="{step - 2:.1f}" '
                    f'height="{count * scale:.1f}"><title>{span}: {count:,}</title></rect>'
                )
    for tenth in range(0, 11, 2):
        x = _LEFT + tenth / 10 * (_WIDTH - _LEFT)
        anchor = "end" if tenth == 10 else "middle"
        parts.append(
            f'<text x="{x:.1f}" y="{_HEIGHT - 8}" text-anchor="{anchor}">{tenth * 10} %</text>'
        )
    return "".join([*parts, "</svg>"])


def _count(values: Sequence[float]) -> list[int]:
    bins = [0] * _BINS
    for value in values:
        if 0 <= value <= 1:
            bins[min(int(value * _BINS), _BINS - 1)] += 1
    return bins


def _round_up(value: int) -> int:
    """The next number of the form 2, 4, 10, 20, 40, 100 …, so that its half is whole too."""
    size = 1
    while True:
        for factor in (2, 4, 10):
            if factor * size >= value:
                return factor * size
        size *= 10
