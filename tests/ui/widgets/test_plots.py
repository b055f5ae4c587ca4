"""Small charts: marks lie where their values say, and no name becomes markup."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from core.ui.widgets.plots import WIDTH, Axis, Plot

SVG = "{http://www.w3.org/2000/svg}"


def plot() -> Plot:
    ticks = [(0.0, "0 %"), (1.0, "100 %")]
    return Plot(Axis("confidence", 0, 1, ticks), Axis("right", 0, 1, ticks), height=300)


def test_points_lie_within_the_axes_and_rise_upwards() -> None:
    made = plot()
    (left, bottom), (right, top) = made.at((0, 0)), made.at((1, 1))
    assert 0 < left < right < WIDTH and 0 < top < bottom < 300
    assert made.at((0.5, 0.5)) == ((left + right) / 2, (top + bottom) / 2)


def test_what_it_tells_is_text() -> None:
    made = plot()
    made.line([(0, 0), (1, 1)], "#123456", dots=True)
    made.dot((0.5, 0.5), "#123456", "5 <images> & more")
    drawn = ET.fromstring(made.markup('the "chart" of <b>'))
    assert drawn.get("role") == "img" and drawn.get("aria-label") == 'the "chart" of <b>'
    assert [node.text for node in drawn.iter(f"{SVG}title")] == ["5 <images> & more"]
    texts = [node.text for node in drawn.iter(f"{SVG}text")]
    assert texts.count("0 %") == 2 and {"confidence", "right"} <= set(texts)
