"""The open_clip encoder against open_clip itself, on a tiny random model loaded from disk."""

from __future__ import annotations

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from encoders.conftest import save_tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.encoders.registry import load_encoder


@pytest.fixture(scope="module")
def encoder(tiny: Path):
    return load_encoder(f"local:{tiny}", "cpu")


@pytest.fixture(scope="module")
def reference(tiny: Path):
    """open_clip's own model, transform and tokenizer of the same folder."""
    import open_clip

    name = f"local-dir:{tiny}"
    model, _, transform = open_clip.create_model_and_transforms(name)
    return model.eval(), transform, open_clip.get_tokenizer(name)


def test_preprocessing_equals_open_clips_but_for_rounding(encoder, reference, pictures) -> None:
    import torch

    _, transform, _ = reference
    for picture in pictures:
        pixels = encoder.preprocess(picture)
        assert pixels.dtype == np.uint8
        assert pixels.shape == (48, 48, 3)
        normalised = encoder.normalised(torch.from_numpy(pixels[None]))[0]
        levels = (normalised - transform(picture)).abs() * encoder._deviation[0] * 255
        assert levels.max() < 2.01
        assert levels.mean() < 0.4


def test_preprocessing_from_many_threads_equals_one(encoder, pictures) -> None:
    alone = [encoder.preprocess(picture) for picture in pictures]
    with ThreadPoolExecutor(8) as executor:
        together = list(executor.map(encoder.preprocess, [p.copy() for p in pictures] * 8))
    for index, pixels in enumerate(together):
        assert np.array_equal(pixels, alone[index % len(alone)])


def test_images_equal_open_clips(encoder, reference, pictures) -> None:
    import torch

    model, transform, _ = reference
    ours = encoder.encode_images(np.stack([encoder.preprocess(p) for p in pictures]))
    with torch.no_grad():
        theirs = model.encode_image(torch.stack([transform(p) for p in pictures]), normalize=True)
    assert ours.shape == (len(pictures), 32)
    assert ours.dtype == np.float32
    assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    assert ((ours * theirs.numpy()).sum(axis=1) >= 0.9999).all()


def test_texts_equal_open_clips(encoder, reference) -> None:
    import torch

    model, _, tokenizer = reference
    texts = ["a photo of a cat", "Über-Größe, naïve café", "two   spaces", "x " * 500]
    with torch.no_grad():
        theirs = model.encode_text(tokenizer(texts), normalize=True)
    assert np.allclose(encoder.encode_texts(texts), theirs.numpy(), atol=1e-5)


def test_a_vector_does_not_depend_on_its_batch(encoder, pictures) -> None:
    pixels = np.stack([encoder.preprocess(p) for p in pictures])
    together = encoder.encode_images(pixels)
    alone = np.concatenate([encoder.encode_images(pixels[i : i + 1]) for i in range(len(pixels))])
    assert np.allclose(together, alone, atol=1e-5)
    texts = ["a", "a much longer text about clothes", ""]
    singles = np.concatenate([encoder.encode_texts([text]) for text in texts])
    assert np.allclose(encoder.encode_texts(texts), singles, atol=1e-5)


def test_nothing_in_gives_nothing_out(encoder) -> None:
    assert encoder.encode_texts([]).shape == (0, 32)
    assert encoder.encode_images(np.zeros((0, 48, 48, 3), np.uint8)).shape == (0, 32)


@given(st.lists(st.text(st.characters(), max_size=400), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_any_text_gives_a_unit_vector(encoder, texts: list[str]) -> None:
    vectors = encoder.encode_texts(texts)
    assert vectors.shape == (len(texts), 32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("text", ["", "👗🧢", "a" * 10_000, "word " * 2_000, "\ud800", "\x00"])
def test_odd_texts(encoder, text: str) -> None:
    assert np.allclose(np.linalg.norm(encoder.encode_texts([text])), 1, atol=1e-5)


def test_many_texts_are_encoded_in_order(encoder) -> None:
    texts = [f"thing number {i}" for i in range(300)]
    vectors = encoder.encode_texts(texts)
    assert np.allclose(vectors[299], encoder.encode_texts([texts[299]])[0], atol=1e-5)


def test_temperature_is_the_models_own(encoder) -> None:
    assert encoder.temperature == pytest.approx(0.07, rel=1e-3)  # CLIP's initial value
    assert not encoder.centre_scores
    assert encoder.reference_mean is None


def test_grey_and_transparent_pictures_are_taken_too(encoder) -> None:
    for mode in ("L", "RGBA", "P"):
        assert encoder.preprocess(Image.new(mode, (60, 60))).shape == (48, 48, 3)


def test_identity_is_folder_safe_and_stable(encoder, tiny: Path, tmp_path: Path) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,80}", encoder.identity)
    assert load_encoder(f"local:{tiny}", "cpu").identity == encoder.identity
    moved = tmp_path / "elsewhere" / tiny.name
    shutil.copytree(tiny, moved)
    assert load_encoder(f"local:{moved}", "cpu").identity == encoder.identity


def test_identity_follows_weights_and_preprocessing(encoder, tiny: Path, tmp_path: Path) -> None:
    weights = tmp_path / tiny.name
    save_tiny(weights, seed=1)
    assert load_encoder(f"local:{weights}", "cpu").identity != encoder.identity
    other = tmp_path / "other" / tiny.name
    shutil.copytree(tiny, other)
    config = other / "open_clip_config.json"
    config.write_text(config.read_text("utf-8").replace("bilinear", "bicubic"), "utf-8")
    assert load_encoder(f"local:{other}", "cpu").identity != encoder.identity


def test_weights_changed_in_place_change_the_identity(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    save_tiny(folder, seed=0)
    before = load_encoder(f"local:{folder}", "cpu").identity
    save_tiny(folder, seed=1)
    assert load_encoder(f"local:{folder}", "cpu").identity != before


def test_a_name_with_a_checkpoint_file(tiny: Path, tiny_name: str, encoder, pictures) -> None:
    spec = f"{tiny_name}@{tiny / 'open_clip_model.safetensors'}"
    loaded = load_encoder(spec, "cpu")
    assert loaded.spec == spec
    texts = ["a dog", "two cats"]
    assert np.allclose(loaded.encode_texts(texts), encoder.encode_texts(texts), atol=1e-6)


def test_a_training_checkpoint_of_open_clip(tiny_name: str, tmp_path: Path, pictures) -> None:
    import torch

    state = torch.load(save_tiny(tmp_path / "m", safe=False), weights_only=True)
    wrapped = {f"module.{name}": tensor for name, tensor in state.items()}
    path = tmp_path / "epoch_3.pt"
    torch.save({"epoch": 3, "name": "run", "state_dict": wrapped}, path)
    loaded = load_encoder(f"{tiny_name}@{path}", "cpu")
    plain = load_encoder(f"local:{tmp_path / 'm'}", "cpu")
    texts = ["a dog", "two cats"]
    assert np.allclose(loaded.encode_texts(texts), plain.encode_texts(texts), atol=1e-6)
    images = torch.rand(len(pictures), 3, 48, 48)
    with torch.inference_mode():
        assert torch.equal(*(e._model.encode_image(images) for e in (loaded, plain)))


def test_a_text_tower_with_a_hugging_face_tokenizer(tiny: Path, tmp_path: Path) -> None:
    """Tokenizer files beside a local model are used, and its configuration cannot run code."""
    import json

    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast

    folder = tmp_path / "custom"
    shutil.copytree(tiny, folder)
    vocabulary = {"[PAD]": 0, "[UNK]": 1, "cat": 2, "dog": 3}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]")
    fast.save_pretrained(folder)
    path = folder / "open_clip_config.json"
    config = json.loads(path.read_text("utf-8"))
    config["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = "nobody/nothing"
    config["model_cfg"]["text_cfg"]["tokenizer_kwargs"] = {"trust_remote_code": True}
    path.write_text(json.dumps(config), "utf-8")
    loaded = load_encoder(f"local:{folder}", "cpu")
    assert loaded._tokenizer(["cat dog"])[0, :3].tolist() == [2, 3, 0]
    assert loaded.encode_texts(["cat", "dog", "", "bird " * 9000]).shape == (4, 32)
