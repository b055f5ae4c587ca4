"""The text tower against transformers' own BERT, and what odd texts do to it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.encoders import torchvision_compat
from core.encoders.starter import files


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
