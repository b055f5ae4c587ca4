"""report.html says everything, and nothing in it can be taken for markup."""

from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from export.export_builders import assign, make_jpegs, run_record

from core.export.options import ExportOptions
from core.export.plan import Rejected
from core.export.planning import make_plan
from core.export.record.run import RunRecord
from core.export.report.html import REPORT_HTML
from core.export.write import write

EVIL = '<script>alert("1")</script>\x1b[2J\n&\'"> {{ 7 * 191 }}{% raw %}'
SHOWN = EVIL.replace("\x1b", "\\x1b").replace("\n", "\\n")
RECORD = run_record(
    images_root=f"/pictures/{EVIL.replace('/', '-')}",
    model_title=EVIL,
    device=EVIL,
    created=EVIL,
    prompts={EVIL: [EVIL, "second"], "empty": []},
    options={EVIL: EVIL, "refinement": ["not shown"]},
    caveats=[EVIL],
    command=["winnow", "run", EVIL],
    conflicts=("1",),
    metrics={
        "accuracy": 0.81,
        "accuracy_low": 0.7,
        "accuracy_high": 0.9,
        "n": 40,
        "per_class": {EVIL: {"precision": 0.5, "f1": 2 / 3, "support": 1234}, "other": {}},
    },
)


class Page(HTMLParser):
    """The elements of a page, their attributes, and all its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(folder: Path, record: RunRecord, rejected: int = 1, **options: object) -> Page:
    images = folder / "images"
    names = ["a/1.jpg", "b/1.jpg", "<b onclick=x>'\".jpg", *(f"m/{n}.jpg" for n in range(17))]
    make_jpegs(images, names)
    entries = [
        assign(images, name, (EVIL, "cat")[n % 2], probability=0.2 if n % 5 == 4 else 0.9,
               source="human" if n == 1 else "model")
        for n, name in enumerate(names)
    ]  # fmt: skip
    refused = [Rejected(f"{n} {EVIL}", EVIL) for n in range(rejected)]
    choices = ExportOptions(splits=(0.5, 0.25, 0.25), **options)  # type: ignore[arg-type]
    plan = make_plan(entries, refused, [EVIL, "cat", "none"], choices)
    out = write(plan, images, folder / "out", record).out
    return Page((out / REPORT_HTML).read_text("utf-8"))


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return page_of(tmp_path, RECORD, review_below=0.5)


def test_names_are_text_and_never_markup(page: Page) -> None:
    assert page.elements["script"] == 0 and page.elements["b"] == 6 + 1  # tiles, the accuracy again
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert page.text.count(SHOWN) >= 14
    assert "\x1b" not in page.text and "1337" not in page.text
    titles = [value for name, value in page.attributes if name == "title"]
    assert "<b onclick=x>'\".jpg" in titles


def test_nothing_is_loaded_from_elsewhere(page: Page) -> None:
    assert page.elements["link"] == page.elements["iframe"] == page.elements["a"] == 0
    sources = [value or "" for name, value in page.attributes if name in ("src", "href")]
    assert sources and all(source.startswith("data:image/jpeg;base64,") for source in sources)
    (policy,) = [value for name, value in page.attributes if (value or "").startswith("default")]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_every_part_is_there(page: Page) -> None:
    for words in (
        "What to know before using this",
        "How good it is",
        "Accuracy 81.0% (95 % interval 70.0% to 90.0%)",
        "Measured on 40 images.",
        "Images per class",
        "How sure the predictions are",
        "19 predicted by the model trained on labels (95.0%)",
        "Examples",
        "How it was made",
        "People disagreed on 1 images.",
        "train, val, test: 0.5, 0.25, 0.25; seed 0",
        "probability below 0.5",
        "Rejected: 1",
    ):
        assert words in page.text, words
    assert "not shown" not in page.text
    assert page.elements["svg"] == 1 and page.elements["img"] == page.elements["figure"] == 16
    assert "second" in page.text and page.elements["table"] == 2


def test_parts_without_content_are_left_out(tmp_path: Path) -> None:
    page = page_of(tmp_path, run_record(prompts={}), rejected=0)
    for words in ("What to know", "How good it is", "Prompts", "Rejected: 0", "Review"):
        assert words not in page.text
    assert page.elements["table"] == 1


def test_a_class_without_prompts_says_so(tmp_path: Path) -> None:
    record = run_record(prompts={"cat": ["a cat"], "none": ["(a mark)"]}, wordless="none")
    page = page_of(tmp_path, record, rejected=0)
    assert "a cat" in page.text and "without prompts" in page.text and "a mark" not in page.text


def test_a_long_list_of_rejected_images_is_cut(tmp_path: Path) -> None:
    page = page_of(tmp_path, run_record(), rejected=1203)
    assert "Rejected: 1,203" in page.text
    assert "and 1,003 more, all in rejected.csv" in page.text
