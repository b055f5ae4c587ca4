"""The script that makes the sample collection, on a small tree of stamps of its own."""

import csv
import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

SCRIPT = Path(__file__).parents[2] / "sample_data" / "make.py"
CLASSES = {"animal": ("animals",), "food": ("food", "party/pie")}
LEFT_OUT = {"is a toy": ("animals/toys/bear",)}


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_data_make", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def stamps(tmp_path: Path) -> Path:
    folder = tmp_path / "stamps"
    for key, colour in {
        "animals/cat": (200, 10, 10, 255),
        "animals/toys/bear": (1, 2, 3, 255),
        "animals/cartoon/Cat": (10, 200, 10, 0),
        "food/pie": (10, 10, 200, 128),
        "party/pie": (10, 10, 200, 255),
        "party/hat": (9, 9, 9, 255),
    }.items():
        path = folder / f"{key}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGBA", (512, 300), colour).save(path)
        text = f'A "{path.stem}",  yes.\nde.utf8=Nein.\n'
        path.with_suffix(".txt").write_text(text, encoding="utf-8")
    return folder


def test_selects_by_folder_without_those_left_out_and_keeps_names_apart(
    make: ModuleType, stamps: Path
) -> None:
    chosen = make.select(stamps, CLASSES, LEFT_OUT)
    assert [(stamp.label, stamp.name) for stamp in chosen] == [
        ("animal", "Cat"),
        ("animal", "cat-2"),
        ("food", "pie"),
        ("food", "pie-2"),
    ]


def test_a_png_is_preferred_to_an_svg_of_its_name(make: ModuleType, stamps: Path) -> None:
    (stamps / "food/pie.svg").write_text("<svg/>", encoding="utf-8")
    chosen = make.select(stamps, CLASSES, LEFT_OUT)
    assert all(stamp.source.suffix == ".png" for stamp in chosen)


def test_another_version_of_the_package_is_noticed(make: ModuleType, stamps: Path) -> None:
    with pytest.raises(make.MakeError, match="animals/lion, plants"):
        make.select(stamps, {**CLASSES, "plant": ("plants",)}, {"gone": ("animals/lion",)})
    with pytest.raises(make.MakeError, match="is no folder"):
        make.select(stamps / "nowhere")


def test_builds_pictures_on_white_and_both_tables(
    make: ModuleType, stamps: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    stale = out / "images/stale.jpg"
    stale.parent.mkdir(parents=True)
    stale.touch()
    counts = make.build(make.select(stamps, CLASSES, LEFT_OUT), out)
    assert counts == {"animal": 2, "food": 2}
    assert not stale.exists()
    with Image.open(out / "images/Cat.jpg") as image:
        assert image.size == (256, 256)
        assert image.getextrema() == ((255, 255),) * 3
    with Image.open(out / "images/pie.jpg") as image:
        assert min(image.getpixel((5, 128))) >= 253  # margin, after JPEG
        assert abs(image.getpixel((128, 128))[0] - 132) < 4
    with (out / "captions.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream))[:2] == [
            ["path", "caption"],
            ["images/Cat.jpg", 'A "Cat", yes.'],
        ]
    first = (out / "images/pie.jpg").read_bytes()
    make.build(make.select(stamps, CLASSES, LEFT_OUT), out)
    assert (out / "images/pie.jpg").read_bytes() == first


@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="rsvg-convert is not installed")
def test_svg_is_rendered_with_its_proportions(make: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">'
        '<rect width="20" height="20" fill="red"/></svg>',
        encoding="utf-8",
    )
    image = make.picture(path)
    assert image.size == (256, 256)
    assert image.getpixel((30, 128)) == (255, 0, 0)
    assert image.getpixel((220, 128)) == (255, 255, 255)
    assert [image.getpixel((30, y))[1] for y in (64, 192)] == [255, 255]  # 230 × 115 in the middle


def test_missing_renderer_is_one_sentence(
    make: ModuleType, stamps: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(make.shutil, "which", lambda name: None)
    assert make.main(["--stamps", str(stamps)]) == 2
    assert "install librsvg2-bin" in capsys.readouterr().err
