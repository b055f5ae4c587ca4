"""What a user gets wrong ends in one sentence that says what, where, and what to do."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import pytest
from encoders.conftest import save_tiny

from core.encoders.registry import describe, load_encoder
from core.runtime.errors import WinnowError


def sentence(spec: str, device: str = "cpu") -> str:
    with pytest.raises(WinnowError) as caught:
        load_encoder(spec, device)
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


@pytest.mark.parametrize(
    ("spec", "suggested"),
    [
        ("ViT-B-32/laion2b_s34b_b79", "ViT-B-32/laion2b_s34b_b79k"),
        ("vit-b-32/openai", "ViT-B-32/openai"),
        ("ViT-B-32:laion2b_s34b_b79k", "ViT-B-32/laion2b_s34b_b79k"),
        ("ViT-L-14", "ViT-L-14/"),
        ("MobileCLIP2-S0/dfn2b", "MobileCLIP2-S0/dfndr2b"),
    ],
)
def test_unknown_names_are_answered_with_close_ones(spec: str, suggested: str) -> None:
    text = sentence(spec)
    assert f'"{spec}" is not known' in text
    assert suggested in text


@pytest.mark.parametrize("spec", ["", "xyzzy", "!!!", "a/b/c", "@", "/", "qqqq/zzzz"])
def test_names_like_nothing_are_answered_with_the_forms(spec: str) -> None:
    text = sentence(spec)
    assert "is not known" in text
    assert "winnow models" in text
    assert describe(spec) is None


@pytest.mark.parametrize("spec", ["hf-hub:", "hf-hub:onlyname", "hf-hub:a/b/c", "hf-hub:/x"])
def test_malformed_hub_names(spec: str) -> None:
    assert "hf-hub:ORG/NAME" in sentence(spec)


def test_missing_folder(tmp_path: Path) -> None:
    text = sentence(f"local:{tmp_path / 'nowhere'}")
    assert "does not exist" in text
    assert str(tmp_path / "nowhere") in text


def test_folder_without_configuration(tmp_path: Path) -> None:
    assert "holds no open_clip_config.json" in sentence(f"local:{tmp_path}")


def test_folder_without_weights(tiny: Path, tmp_path: Path) -> None:
    shutil.copy(tiny / "open_clip_config.json", tmp_path)
    text = sentence(f"local:{tmp_path}")
    assert "holds no weights" in text
    assert "open_clip_model.safetensors" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{not json", "not valid JSON"),
        ("[]", "needs model_cfg"),
        ('{"model_cfg": {"embed_dim": 3}}', "needs model_cfg"),
        (
            '{"model_cfg": {"embed_dim": 8, "vision_cfg": {"nonsense": 1}, "text_cfg": {}}}',
            "does not describe a model",
        ),
    ],
)
def test_damaged_configuration(tiny: Path, tmp_path: Path, content: str, said: str) -> None:
    shutil.copytree(tiny, tmp_path, dirs_exist_ok=True)
    (tmp_path / "open_clip_config.json").write_text(content, "utf-8")
    assert said in sentence(f"local:{tmp_path}")


def test_missing_checkpoint(tiny_name: str, tmp_path: Path) -> None:
    assert "does not exist" in sentence(f"{tiny_name}@{tmp_path / 'no.pt'}")


def test_unknown_kind_of_checkpoint(tiny_name: str, tmp_path: Path) -> None:
    (tmp_path / "weights.npz").write_bytes(b"x")
    assert "known endings" in sentence(f"{tiny_name}@{tmp_path / 'weights.npz'}")


def test_checkpoint_of_an_unknown_architecture(tiny: Path) -> None:
    text = sentence(f"ViT-B-33@{tiny / 'open_clip_model.safetensors'}")
    assert '"ViT-B-33" is not known' in text
    assert "ViT-B-32" in text


def test_checkpoint_of_another_architecture(tiny: Path) -> None:
    text = sentence(f"ViT-S-32-alt@{tiny / 'open_clip_model.safetensors'}")
    assert "does not fit the architecture ViT-S-32-alt" in text


@pytest.mark.parametrize("name", ["w.safetensors", "w.pt", "w.bin"])
@pytest.mark.parametrize("content", [b"", b"garbage", b"\x80\x04junk", b"PK\x03\x04" + b"\0" * 99])
def test_damaged_checkpoint(tiny_name: str, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    text = sentence(f"{tiny_name}@{tmp_path / name}")
    assert str(tmp_path / name) in text
    assert "damaged" in text


@pytest.mark.parametrize("name", ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"])
def test_truncated_checkpoint(tmp_path: Path, name: str) -> None:
    path = save_tiny(tmp_path, safe=name.endswith(".safetensors"))
    path.write_bytes(path.read_bytes()[:-1000])
    assert "damaged" in sentence(f"local:{tmp_path}")


def test_a_checkpoint_of_something_else(tiny_name: str, tmp_path: Path) -> None:
    import torch

    for number, content in enumerate(([1, 2], {}, torch.zeros(3), {"a": 1}, {"state_dict": 5})):
        path = tmp_path / f"{number}.pt"
        torch.save(content, path)
        text = sentence(f"{tiny_name}@{path}")
        assert "damaged" in text or "does not fit" in text


class Bomb:
    """Unpickling it would create a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("legacy", [False, True])
def test_malicious_pickles_do_not_run(tiny: Path, tmp_path: Path, legacy: bool) -> None:
    import torch

    mark = tmp_path / "ran"
    folder = tmp_path / "model"
    folder.mkdir()
    shutil.copy(tiny / "open_clip_config.json", folder)
    path = folder / "open_clip_pytorch_model.bin"
    if legacy:
        path.write_bytes(pickle.dumps({"state_dict": Bomb(mark)}))
    else:
        torch.save({"state_dict": Bomb(mark)}, path)
    text = sentence(f"local:{folder}")
    assert "could run code" in text
    assert not mark.exists()


def test_tokenizer_that_is_not_there(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "open_clip_config.json"
    config = json.loads(path.read_text("utf-8"))
    config["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = "roberta-base"
    path.write_text(json.dumps(config), "utf-8")
    text = sentence(f"local:{tmp_path}")
    assert "tokenizer" in text
    assert str(tmp_path) in text


def test_devices(tiny: Path) -> None:
    import torch

    assert "use auto, cpu or cuda" in sentence(f"local:{tiny}", "gpu")
    if not torch.cuda.is_available():
        assert "--device cpu" in sentence(f"local:{tiny}", "cuda")
        assert "--device cpu" in sentence("starter", "cuda")
        assert load_encoder(f"local:{tiny}", "auto").device == "cpu"
