"""A tiny open_clip model on disk, and a small HTTP server that speaks as much hub as is needed."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.encoders.registry import load_encoder
from core.runtime.errors import WinnowError

TINY = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 48, "layers": 2, "width": 64, "patch_size": 16},
    "text_cfg": {
        "context_length": 24,
        "vocab_size": 49408,
        "width": 32,
        "heads": 2,
        "layers": 2,
    },
}
PREPROCESS = {
    "mean": [0.5, 0.4, 0.3],
    "std": [0.2, 0.3, 0.4],
    "interpolation": "bilinear",
    "resize_mode": "shortest",
}


def save_tiny(folder: Path, seed: int = 0, safe: bool = True) -> Path:
    """Write configuration and random weights of a tiny CLIP into ``folder``; the weights' path."""
    from core.encoders import torchvision_compat

    torchvision_compat.prepare()
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_cfg": TINY, "preprocess_cfg": PREPROCESS}
    (folder / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")
    torch.manual_seed(seed)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    if safe:
        path = folder / "open_clip_model.safetensors"
        save_file(state, path)
    else:
        path = folder / "open_clip_pytorch_model.bin"
        torch.save(state, path)
    return path


def sentence(spec: str, device: str = "cpu") -> str:
    """What loading ``spec`` refuses with: one line that ends as a sentence does."""
    with pytest.raises(WinnowError) as caught:
        load_encoder(spec, device)
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny CLIP. Do not change it."""
    folder = tmp_path_factory.mktemp("models") / "tiny clip"
    save_tiny(folder)
    return folder


@pytest.fixture(scope="session")
def pictures() -> list[Image.Image]:
    """RGB pictures of several shapes, one smaller than any model's input."""
    rng = np.random.default_rng(7)
    sizes = [(300, 200), (64, 300), (48, 48), (9, 5), (500, 499)]
    return [
        Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).resize(
            (width, height)
        )
        for width, height in sizes
    ]


class FakeHub:
    """Serves files as the hub does: HEAD with ETag and commit, GET with ranges."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, str | None]] = []
        self.stop_after: int | None = None
        """Bytes after which the body of a GET breaks off, or None."""
        self.corrupt = False
        self.status: int | None = None
        self.body_bytes = 0
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                hub.answer(self, body=False)

            def do_GET(self) -> None:
                hub.answer(self, body=True)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, repo: str, folder: Path) -> None:
        for path in folder.iterdir():
            self.files[f"/{repo}/resolve/main/{path.name}"] = path.read_bytes()

    def answer(self, request: BaseHTTPRequestHandler, body: bool) -> None:
        span = request.headers.get("Range")
        self.requests.append((request.command, request.path, span))
        # hf_hub_download asks again for the commit that a HEAD named; both mean the same here.
        content = self.files.get(request.path.replace(f"/resolve/{'a' * 40}/", "/resolve/main/"))
        if self.status is not None or content is None:
            repo = "/".join(request.path.split("/")[:3])
            exists = any(path.startswith(f"{repo}/") for path in self.files)
            request.send_response(self.status or 404)
            if self.status is None:
                request.send_header("X-Error-Code", "EntryNotFound" if exists else "RepoNotFound")
            if exists:
                request.send_header("X-Repo-Commit", "a" * 40)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        start = int(span.removeprefix("bytes=").rstrip("-")) if span else 0
        request.send_response(206 if span else 200)
        if span:
            total = len(content)
            request.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        request.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        request.send_header("X-Repo-Commit", "a" * 40)
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        if body:
            sent = content[start:] if self.stop_after is None else content[start : self.stop_after]
            if self.corrupt:
                sent = bytes(len(sent))
            self.body_bytes += len(sent)
            request.wfile.write(sent)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A fake hub that huggingface_hub believes in, with an empty cache."""
    from huggingface_hub import constants

    served = FakeHub()
    monkeypatch.setattr(constants, "ENDPOINT", served.url)
    template = served.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    yield served
    served.server.shutdown()
    served.server.server_close()


@pytest.fixture
def tiny_name(monkeypatch: pytest.MonkeyPatch) -> str:
    """The tiny CLIP under a name and a checkpoint tag of open_clip's own tables."""
    from core.encoders import torchvision_compat

    torchvision_compat.prepare()
    import open_clip.factory
    import open_clip.pretrained

    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "ViT-Tiny-Test", TINY)
    entry = {"hf_hub": "test/tiny/", **PREPROCESS}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "ViT-Tiny-Test", {"random": entry})
    return "ViT-Tiny-Test"
