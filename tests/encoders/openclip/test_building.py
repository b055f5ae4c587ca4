"""Files that are damaged, of something else, or dangerous end in one sentence."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import pytest
from encoders.conftest import save_tiny, sentence


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
