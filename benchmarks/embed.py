"""How fast a folder is embedded, against the limit of the machine and against the usual ways.

    python benchmarks/embed.py IMAGES --model starter
    python benchmarks/embed.py IMAGES --model ViT-B-32 --limit 400

The model is the starter, or an architecture of open_clip with random weights: speed does not depend
on them, so nothing has to be downloaded. Every way sees the same images; the ways take turns, so
that a busy machine slows all of them alike, and the median of the turns is what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from core.embedding.batching import CPU_IMAGES, GPU_MOST
from core.embedding.run import embed
from core.encoders import torchvision_compat
from core.encoders.base import Encoder
from core.encoders.lanes import one_thread_each
from core.encoders.registry import load_encoder
from core.images.decode import decode
from core.images.hash import content_id
from core.images.quality import measure
from core.images.scan import scan
from core.runtime.machine import usable_cpus
from core.store.workspace import open_workspace

torchvision_compat.prepare()

LIMIT, READING, OURS = "forward only: the limit", "reading only", "Winnow, end to end"
LOOPED = 120

Way = Callable[[], int]
"""Does the work once and returns the number of images that it has encoded."""


def main() -> None:
    options = arguments()
    found = scan(options.images).files
    files = [options.images / file.path for file in found]
    files = files[:: max(1, len(files) // options.limit)][: options.limit]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        images = linked(files, folder / "images")
        encoder = load(options.model, options.device, folder / "model")
        ways = {
            LIMIT: forward_only(encoder, files),
            READING: reading_only(encoder, files),
            OURS: winnow(encoder, images, folder),
        }
        some, device = fewer(files), encoder.device
        if options.model == "starter":
            ways["timm, image by image"] = timm_loop(some, device)
        else:
            ways["open_clip, image by image"] = open_clip_loop(some, folder / "model", device)
            ways["open_clip, DataLoader"] = open_clip_loader(files, folder / "model", device)
        if options.model == "ViT-B-32":
            ways["sentence-transformers"] = sentence_transformers(files, folder / "hf", device)
        rates, costs, busy = take_turns(ways, options.repeats, encoder.device == "cuda")
    report = {
        "model": options.model,
        "device": encoder.device,
        "images": len(files),
        "lanes": encoder.lanes,
        "images_per_second": {name: [round(r, 1) for r in rates[name]] for name in ways},
        "cpu_ms_per_image": {name: [round(c, 2) for c in costs[name]] for name in ways},
        "gpu_busy": busy,
        "flop_per_image": flop_per_image(encoder),
        "notes": list(encoder.notes),
    }
    print(json.dumps(report) if options.json else as_text(report))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path, help="folder of images")
    parser.add_argument("--model", default="starter", help="starter, or a name of open_clip")
    parser.add_argument("--limit", type=int, default=1_000, help="images taken, evenly spread")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def fewer(files: list[Path]) -> list[Path]:
    """What the loops are given: every image costs the same, and they are slow."""
    return files[:: max(1, len(files) // LOOPED)][:LOOPED]


def linked(files: list[Path], folder: Path) -> Path:
    """A folder with links to ``files``."""
    folder.mkdir()
    for number, file in enumerate(files):
        (folder / f"{number:06d}{file.suffix}").symlink_to(file.resolve())
    return folder


def load(model: str, device: str, folder: Path) -> Encoder:
    """The starter, or an architecture with random weights that are written to ``folder``."""
    if model == "starter":
        return load_encoder(model, device)
    import open_clip
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    made = open_clip.create_model(model, load_weights=False)
    folder.mkdir()
    state = {name: tensor.contiguous() for name, tensor in made.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")
    config = {"model_cfg": open_clip.get_model_config(model), "preprocess_cfg": {}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    return load_encoder(f"local:{folder}", device)


def forward_only(encoder: Encoder, files: list[Path]) -> Way:
    """The same engine on pixels that are in memory already: nothing can be faster with it."""
    size = CPU_IMAGES if encoder.device == "cpu" else GPU_MOST
    pixels = [encoder.preprocess(decode(file.read_bytes()).image) for file in files[: 4 * size]]
    batches = [np.stack(pixels[i : i + size]) for i in range(0, len(pixels), size)]
    rounds = max(1, len(files) // len(pixels))

    def run() -> int:
        with one_thread_each(encoder.lanes), ThreadPoolExecutor(encoder.lanes) as lanes:
            return sum(len(v) for v in lanes.map(encoder.encode_images, batches * rounds))

    return run


def reading_only(encoder: Encoder, files: list[Path]) -> Way:
    """All that is done to a file but the forward pass, on all processors."""

    def read(file: Path) -> int:
        data = file.read_bytes()
        content_id(data)
        picture = decode(data, file.name, encoder.draft_px).image
        measure(picture)
        return encoder.preprocess(picture).nbytes

    def run() -> int:
        with ThreadPoolExecutor(usable_cpus()) as readers:
            return len(list(readers.map(read, files)))

    return run


def winnow(encoder: Encoder, images: Path, folder: Path) -> Way:
    """Scan, read, check, hash, decode, measure, resize, encode, store, catalog."""
    turns = iter(range(1_000_000))

    def run() -> int:
        workspace = open_workspace(images, folder / f"workspace-{next(turns)}")
        return embed(workspace, encoder).embedded

    return run


def timm_loop(files: list[Path], device: str) -> Way:
    """What one writes first: open, resize, one forward pass an image, in eager PyTorch."""
    import timm
    import torch

    model = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval().to(device)
    transform = timm.data.create_transform(**timm.data.resolve_data_config({}, model=model))

    def run() -> int:
        with torch.inference_mode():
            for file in files:
                picture = transform(Image.open(file).convert("RGB"))[None].to(device)
                model.forward_head(model.forward_features(picture), pre_logits=True).cpu()
        return len(files)

    return run


def reference(folder: Path, device: str) -> tuple:
    """open_clip's own model and transform of the same weights."""
    import open_clip

    precision = "fp16" if device == "cuda" else "fp32"
    model, _, transform = open_clip.create_model_and_transforms(
        f"local-dir:{folder}", precision=precision, device=device
    )
    return model.eval(), transform


def open_clip_loop(files: list[Path], folder: Path, device: str) -> Way:
    """The usage in open_clip's README, in a loop."""
    import torch

    model, transform = reference(folder, device)

    def run() -> int:
        half = torch.autocast(device, enabled=device == "cuda")
        with torch.no_grad(), half:
            for file in files:
                picture = transform(Image.open(file)).unsqueeze(0).to(device)
                features = model.encode_image(picture)
                (features / features.norm(dim=-1, keepdim=True)).cpu()
        return len(files)

    return run


class Pictures:
    """A data set for PyTorch's DataLoader."""

    def __init__(self, files: list[Path], transform: Callable) -> None:
        self.files = files
        self.transform = transform

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> object:
        return self.transform(Image.open(self.files[index]))


def open_clip_loader(files: list[Path], folder: Path, device: str) -> Way:
    """open_clip behind a DataLoader with as many worker processes as there are processors."""
    import torch
    from torch.utils.data import DataLoader

    model, transform = reference(folder, device)
    batch = 32 if device == "cpu" else GPU_MOST

    def run() -> int:
        loader = DataLoader(
            Pictures(files, transform),
            batch_size=batch,
            num_workers=usable_cpus(),
            pin_memory=device == "cuda",
        )
        with (
            torch.inference_mode(),
            torch.autocast(device, enabled=device != "cpu"),
        ):
            for pictures in loader:
                given = pictures.to(device, non_blocking=True)
                torch.nn.functional.normalize(model.encode_image(given), dim=-1).cpu()
        return len(files)

    return run


def sentence_transformers(files: list[Path], folder: Path, device: str) -> Way:
    """sentence-transformers on a CLIP of the same architecture, in the format of transformers."""
    import transformers
    from open_clip.tokenizer import SimpleTokenizer
    from sentence_transformers import SentenceTransformer

    folder.mkdir()
    tables = SimpleTokenizer()
    (folder / "vocab.json").write_text(json.dumps(tables.encoder))
    merges = "\n".join(" ".join(pair) for pair in tables.bpe_ranks)
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}")
    tokenizer = transformers.CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    processor = transformers.CLIPProcessor(transformers.CLIPImageProcessor(), tokenizer)
    processor.save_pretrained(folder)
    transformers.CLIPModel(transformers.CLIPConfig()).save_pretrained(folder)  # a ViT-B-32
    model = SentenceTransformer(str(folder), device=device)
    if device == "cuda":
        model.half()

    def run() -> int:
        pictures = [Image.open(file) for file in files]
        return len(model.encode(pictures, batch_size=32, show_progress_bar=False))

    return run


def take_turns(
    ways: dict[str, Way], repeats: int, gpu: bool
) -> tuple[dict[str, list[float]], dict[str, list[float]], dict[str, float]]:
    """Images a second and processor milliseconds an image of every way in every turn.

    The last part is the share of time that the GPU was busy. Processor time counts worker
    processes, and hardly changes when other programs share the machine.
    """
    rates: dict[str, list[float]] = {name: [] for name in ways}
    costs: dict[str, list[float]] = {name: [] for name in ways}
    busy: dict[str, float] = {}
    for _ in range(repeats):
        for name, way in ways.items():
            with gpu_watch(gpu) as shares:
                begun, spent = time.perf_counter(), sum(os.times()[:4])
                images = way()
                rates[name].append(images / (time.perf_counter() - begun))
                costs[name].append((sum(os.times()[:4]) - spent) / images * 1000)
            print(f"{name}: {rates[name][-1]:.1f}", file=sys.stderr)
            if shares:
                busy[name] = round(statistics.mean(shares), 3)
    return rates, costs, busy


@contextmanager
def gpu_watch(gpu: bool) -> Iterator[list[float]]:
    """Collects the busy share of the first GPU, twice a second, while the block runs."""
    shares: list[float] = []
    over = threading.Event()

    def sample() -> None:
        command = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]
        while not over.wait(0.5):
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            shares.append(float(done.stdout.splitlines()[0]) / 100)

    thread = threading.Thread(target=sample, daemon=True)
    if gpu:
        thread.start()
    try:
        yield shares
    finally:
        over.set()
        if gpu:
            thread.join()


def flop_per_image(encoder: Encoder) -> int | None:
    """Floating-point operations of one image; None where they cannot be counted (OpenVINO)."""
    from torch.utils.flop_counter import FlopCounterMode

    if encoder.device == "cpu":
        return None  # the packed operators are not known to PyTorch's counter
    pixels = encoder.preprocess(Image.new("RGB", (300, 300)))[None]
    with FlopCounterMode(display=False) as counter:
        encoder.encode_images(pixels)
    return counter.get_total_flops()


def as_text(report: dict) -> str:
    medians = {n: statistics.median(turns) for n, turns in report["images_per_second"].items()}
    costs = {n: statistics.median(turns) for n, turns in report["cpu_ms_per_image"].items()}
    lines = [f"{report['model']} on {report['device']}, {report['images']} images, images/s:"]
    for name, turns in report["images_per_second"].items():
        line = (
            f"  {name:27} {medians[name]:8.1f} = {medians[name] / medians[LIMIT]:4.0%} of the limit"
            f" ({min(turns):.1f} to {max(turns):.1f}), {costs[name]:.1f} ms CPU"
        )
        if name in report["gpu_busy"]:
            line += f", GPU busy {report['gpu_busy'][name]:.0%}"
        if report["flop_per_image"] and name != READING:
            line += f", {medians[name] * report['flop_per_image'] / 1e12:.1f} TFLOP/s"
        lines.append(line)
    if report["device"] == "cpu":
        both = 1 / (1 / medians[LIMIT] + 1 / medians[READING])
        lines.append(f"Reading and forward on the same processors allow {both:.1f}.")
    return "\n".join([*lines, *report["notes"]])


if __name__ == "__main__":
    main()
