"""The image towers, in OpenVINO and in PyTorch, against timm's network."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.encoders.starter import files, weights
from core.encoders.starter.graph import GraphTower
from core.encoders.starter.image import ImageTower, mapped

ROOT = Path(files.__file__).parents[3]


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


def test_openvino_does_not_report_its_use() -> None:
    """In a fresh process: what would send reports is not even imported."""
    program = (
        "import sys\n"
        "from core.encoders.registry import load_encoder\n"
        "encoder = load_encoder('starter', 'cpu')\n"
        "assert encoder.notes == () and 'openvino' in sys.modules, encoder.notes\n"
        "print([name for name in sys.modules if 'telemetry' in name and 'openvino_' in name])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


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
