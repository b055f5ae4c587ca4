"""The offline encoder as a whole: its vectors, what it loads, what it is good for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.encoders.registry import describe, load_encoder
from core.encoders.starter import encoder as module
from core.encoders.starter import files

ROOT = Path(files.__file__).parents[3]


def encode(encoder, pictures: list[Image.Image]) -> np.ndarray:
    return encoder.encode_images(np.stack([encoder.preprocess(p) for p in pictures]))


def test_what_it_says_of_itself(starter) -> None:
    assert starter.spec == "starter"
    assert starter.centre_scores
    assert starter.temperature is None
    assert starter.device == "cpu"
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,80}", starter.identity)
    assert starter.reference_mean.shape == (starter.dim,)


def test_listed_dimensions_are_the_real_ones(starter) -> None:

    entry = describe("starter")
    assert entry is not None
    assert entry.dim == starter.dim
    assert starter.preprocess(Image.new("RGB", (50, 70))).shape == (entry.resolution,) * 2 + (3,)


def test_unit_vectors_that_do_not_depend_on_the_batch(starter, pictures) -> None:
    vectors = encode(starter, pictures)
    assert vectors.shape == (len(pictures), starter.dim)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = np.concatenate([encode(starter, [picture]) for picture in pictures])
    assert np.allclose(vectors, alone, atol=1e-4)
    assert np.array_equal(vectors, encode(starter, pictures))


def test_blank_pictures_are_fine(starter) -> None:
    blank = [Image.new("RGB", (9, 300), colour) for colour in ("white", "black", "red")]
    assert np.allclose(np.linalg.norm(encode(starter, blank), axis=1), 1, atol=1e-5)


def test_preprocessing_from_many_threads_equals_one(starter, pictures) -> None:
    alone = [starter.preprocess(p) for p in pictures]
    with ThreadPoolExecutor(8) as executor:
        together = list(executor.map(starter.preprocess, [p.copy() for p in pictures] * 6))
    for index, pixels in enumerate(together):
        assert pixels.dtype == np.uint8
        assert np.array_equal(pixels, alone[index % len(alone)])


def test_preprocessing_keeps_the_middle(starter) -> None:
    picture = Image.new("RGB", (448, 224), "black")
    picture.paste("white", (112, 0, 336, 224))
    pixels = starter.preprocess(picture)
    assert (pixels == 255).all()


def test_without_openvino_the_vectors_are_the_same_and_the_user_is_told(
    starter, pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert starter.notes == ()
    for name in [name for name in sys.modules if name.partition(".")[0] == "openvino"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "openvino", None)
    other = load_encoder("starter", "cpu")
    assert "pip install openvino" in other.notes[0]
    assert other.identity == starter.identity
    assert ((encode(other, pictures) * encode(starter, pictures)).sum(axis=1) > 0.99999).all()


def test_images_need_no_text_tower_and_texts_no_heavy_import(tmp_path: Path) -> None:
    program = (
        "import sys, numpy as np\n"
        "from core.encoders.registry import load_encoder\n"
        "encoder = load_encoder('starter', 'cpu')\n"
        "encoder.encode_images(np.zeros((1, 224, 224, 3), np.uint8))\n"
        "heavy = ('core.encoders.starter.text', 'transformers', 'timm', 'torchvision')\n"
        "before = [name for name in heavy if name in sys.modules]\n"
        "encoder.encode_texts(['a cat'])\n"
        "print(before, [name for name in heavy if name in sys.modules])\n"
    )
    for _ in range(2):  # the first start may have to make the joint space
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
        )
    assert done.stdout.strip() == "[] ['core.encoders.starter.text']"


def test_until_it_encodes_it_needs_neither_pytorch_nor_openvino(starter) -> None:
    """So that pages of an embedded workspace are there before they are imported."""
    program = (
        "import sys\n"
        "from core.encoders.registry import load_encoder\n"
        "encoder = load_encoder('starter', 'cpu')\n"
        "print(encoder.dim, encoder.identity,"
        " [name for name in ('torch', 'openvino') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == f"{starter.dim} {starter.identity} []"


def test_threads_load_the_image_tower_once(pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, made = load_encoder("starter", "cpu"), []
    images = module._images
    monkeypatch.setattr(module, "_images", lambda *of: made.append(1) or images(*of))
    with ThreadPoolExecutor(4) as executor:
        lanes = set(executor.map(lambda _: fresh.lanes, range(8)))
    assert len(lanes) == len(made) == 1
    assert encode(fresh, pictures).shape == (len(pictures), fresh.dim)


def test_texts_come_back_in_order(starter) -> None:
    texts = ["a very long sentence about a dog in the park", "dog", "a cat", "x"]
    together = starter.encode_texts(texts)
    alone = np.concatenate([starter.encode_texts([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-4)
    assert starter.encode_texts([]).shape == (0, starter.dim)
    assert starter.encode_images(np.zeros((0, 224, 224, 3), np.uint8)).shape == (0, starter.dim)


def test_loading_again_gives_the_same_without_network(starter, pictures, tmp_path: Path) -> None:
    """In a fresh process, from the kept joint space, with every connection refused."""
    np.save(tmp_path / "pixels.npy", np.stack([starter.preprocess(p) for p in pictures]))
    program = (
        "import json, socket, sys, numpy as np\n"
        "def refuse(*a, **k): raise SystemExit('asked the network')\n"
        "socket.socket.connect = refuse\n"
        "from core.encoders.registry import load_encoder\n"
        "e = load_encoder('starter', 'cpu')\n"
        f"v = e.encode_images(np.load({str(tmp_path / 'pixels.npy')!r}))\n"
        "print(json.dumps([e.identity, v.tolist(), e.encode_texts(['a dog']).tolist()]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=dict(os.environ),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # no progress bars, no reports of other libraries
    identity, images, texts = json.loads(done.stdout)
    assert identity == starter.identity
    assert np.allclose(images, encode(starter, pictures), atol=1e-4)
    assert np.allclose(texts, starter.encode_texts(["a dog"]), atol=1e-4)


def accuracy(encoder, photos: list[tuple[Path, str]], middle: np.ndarray | None) -> float:
    classes = sorted({label for _, label in photos})
    vectors = np.concatenate(
        [
            encode(encoder, [Image.open(path).convert("RGB") for path, _ in photos[i : i + 32]])
            for i in range(0, len(photos), 32)
        ]
    )
    middle = vectors.mean(axis=0) if middle is None else middle
    scores = (vectors - middle) @ encoder.encode_texts(classes).T
    guessed = [classes[i] for i in scores.argmax(axis=1)]
    return float(np.mean([g == label for g, (_, label) in zip(guessed, photos, strict=True)]))


@pytest.mark.skipif("WINNOW_DATA" not in os.environ, reason="needs the shared photos")
def test_zero_shot_on_real_photos(starter) -> None:
    """Bare class names on a tenth of the clothing photos, a quarter of which are t-shirts."""
    root = Path(os.environ["WINNOW_DATA"]) / "clothing"
    photos = [(path, path.parent.name) for path in sorted(root.glob("*/*/*.jpg"))[::10]]
    assert len(photos) > 300
    assert accuracy(starter, photos, None) >= 0.48
    assert accuracy(starter, photos[::5], starter.reference_mean) >= 0.40


@pytest.mark.skipif(not (ROOT / "sample_data" / "truth.csv").exists(), reason="no sample_data")
def test_zero_shot_on_the_sample(starter) -> None:
    """Bare class names on the drawings and photos of the sample; ten classes, so chance is .1."""
    import csv

    with (ROOT / "sample_data" / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = [(ROOT / "sample_data" / r["path"], r["label"]) for r in csv.DictReader(file)]
    assert accuracy(starter, rows[::4], None) >= 0.4


def test_load_encoder_gives_the_starter(starter) -> None:
    assert load_encoder(" starter ", "cpu").identity == starter.identity
