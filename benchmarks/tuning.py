"""Tuning on pairs: what it gains, whether nonsense is refused, whether other things stay.

    python benchmarks/tuning.py pairs CLIPART.npz IMAGES metadata.csv
    python benchmarks/tuning.py prepare FEATURES.npz --clothing IMAGES --cifar IMAGES
    python benchmarks/tuning.py run CLIPART.npz [--repeats 20] [--jobs 2] [--seed 0]
        [--retention FEATURES.npz] [--shuffled]

`pairs` embeds the pictures of metadata.csv (path, title, keywords) and their words by the starter.
``CLIPART.npz`` holds ``full`` (N, D) vectors of images, ``title_vectors`` and ``both_vectors``
(N, D) of their titles and of titles with keywords, ``titles``, ``texts`` and ``has_title`` (N,).
The retention file holds of each set NAME the arrays ``NAME`` (n, D) vectors of images,
``NAME_texts`` (K, D) of class names and ``NAME_truth`` (n,), and ``reference`` (D,), the encoder's
reference mean. Each repeat is another split.
"""

from __future__ import annotations

import argparse
import csv
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from core.encoders.base import Encoder
from core.encoders.tuned.adapter import Adapter
from core.encoders.tuned.gate import Gate
from core.encoders.tuned.kernel import Kernel, Side
from core.learn.tuning.judging import DIRECTIONS, compare, gained
from core.learn.tuning.pairs import Pairs, grouped, split
from core.learn.tuning.ranks import outcomes
from core.learn.tuning.training import Maps, train
from core.prompts.zeroshot import centre

KINDS = {"title": "title_vectors", "title + keywords": "both_vectors"}


def pairs_of(file: Path, kind: str, shuffled: int | None) -> tuple[Pairs, np.ndarray]:
    """The pairs of a file, and the number of the title (P,) of each.

    Args:
        shuffled: seed with which texts go to other images; None for none.
    """
    with np.load(file) as arrays:
        rows = np.flatnonzero(arrays["has_title"])
        images, vectors = arrays["full"][rows], arrays[KINDS[kind]][rows]
        titles = arrays["titles"][rows]
        words = titles if kind == "title" else arrays["texts"][rows]
    if shuffled is not None:
        order = np.random.default_rng([shuffled, 9]).permutation(len(rows))
        vectors, titles, words = vectors[order], titles[order], words[order]
    _, first, text = np.unique(words, return_index=True, return_inverse=True)
    _, title = np.unique(titles, return_inverse=True)
    image = np.arange(len(rows))
    group = grouped(image, title, image)  # one title is one group, as the method's brief has it
    return Pairs(images, vectors[first], image, text, group), title


def accuracies(file: Path, adapter: Adapter | None) -> dict[str, float]:
    """Zero-shot accuracy of each set of the retention file."""
    result = {}
    with np.load(file) as arrays:
        reference = arrays["reference"]
        for name in (key[:-6] for key in arrays.files if key.endswith("_truth")):
            images, texts, mean = arrays[name], arrays[f"{name}_texts"], reference
            if adapter is not None:
                images, texts = adapter.images(images), adapter.texts(texts)
                mean = adapter.average(reference)
            scores = (images - centre([images], mean)) @ texts.T
            result[name] = float((scores.argmax(axis=1) == arrays[f"{name}_truth"]).mean())
    return result


def by_title(pairs: Pairs, title: np.ndarray) -> tuple[float, float]:
    """MRR where every text of a pair is a query or candidate, and any of the same title right."""
    texts = pairs.texts[pairs.text]
    query, candidate = np.nonzero(title[:, None] == title[None, :])
    forth = outcomes(texts, pairs.images[pairs.image], query, candidate)[:, 3].mean()
    back = outcomes(pairs.images[pairs.image], texts, query, candidate)[:, 3].mean()
    return float(forth), float(back)


def once(file: Path, retention: Path | None, shuffled: bool, task: tuple[str, int]) -> dict:
    """One repeat of one kind of words."""
    kind, seed = task
    pairs, title = pairs_of(file, kind, seed if shuffled else None)
    parts = split(pairs.group, seed)
    learned, chosen_by, judged = (
        pairs.some(rows) for rows in (parts.train, parts.validation, parts.test)
    )
    begun = perf_counter()
    photographs = None
    if retention is not None:
        with np.load(retention) as arrays:
            photographs = arrays["reference"]
    gate = Gate.fit(learned.images, chosen_by.images, photographs)

    def use(maps: Maps[Side]) -> Adapter:
        return Adapter(maps.image, maps.text, gate, maps.shares, maps.weight, maps.bank)

    trained = train(learned, chosen_by, Kernel.fit, use, centred=True, seed=seed)
    row: dict = {"words": kind, "seed": seed, "seconds": perf_counter() - begun, "accepted": False}
    if trained.maps is None:
        return row
    adapter = use(trained.maps)
    images, all_images = adapter.images(judged.images), adapter.images(pairs.images)
    before = replace(judged, images=judged.images - pairs.images.mean(axis=0))
    after = replace(
        judged, images=images - all_images.mean(axis=0), texts=adapter.texts(judged.texts)
    )
    gains = compare(before, after, seed)
    row |= {"accepted": gained(gains), "weight": adapter.weight}
    for name in DIRECTIONS:
        direction = gains[name]
        row[name] = [
            direction.baseline["mrr"].value, direction.tuned["mrr"].value,
            direction.delta["mrr"].low,
        ]  # fmt: skip
    row["by_title"] = [*by_title(judged, title[parts.test]), *by_title(after, title[parts.test])]
    if retention is not None:
        earlier, later = accuracies(retention, None), accuracies(retention, adapter)
        row["retention"] = {name: later[name] - earlier[name] for name in earlier}
    return row


def table(rows: list[dict]) -> None:
    """Print means over the repeats, and how many were accepted."""
    for kind in KINDS:
        own = [row for row in rows if row["words"] == kind]
        seconds = max(row["seconds"] for row in own)
        print(f"{kind}: accepted {sum(row['accepted'] for row in own)} of {len(own)}, "
              f"learning took at most {seconds:.0f} s")  # fmt: skip
        judged = [row for row in own if DIRECTIONS[0] in row]
        if not judged:
            continue
        for name in DIRECTIONS:
            base, tuned, low = np.array([row[name] for row in judged]).T
            times = tuned.mean() / base.mean()
            print(f"  {name}: MRR {base.mean():.3f} -> {tuned.mean():.3f} ({times:.2f} times, "
                  f"least lower end of a gain {low.min():+.3f})")  # fmt: skip
        forth, back, forth_after, back_after = np.mean([row["by_title"] for row in judged], axis=0)
        print(f"  by title, baseline not centred: {forth:.3f} -> {forth_after:.3f}, "
              f"{back:.3f} -> {back_after:.3f}")  # fmt: skip
        for name in judged[0].get("retention", {}):
            change = [row["retention"][name] for row in judged if row["accepted"]]
            if change:
                print(f"  {name}: accuracy {np.mean(change):+.4f}, worst {min(change):+.4f}")


def described(out: Path, images: Path, table: Path) -> None:
    """Vectors of the starter for the pictures of a table, for their titles and for all words."""
    from core.encoders.registry import load_encoder

    encoder = load_encoder("starter", "cpu")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    titles = [row["title"] for row in rows]
    texts = [". ".join(filter(None, (row["title"], row["keywords"]))) for row in rows]
    np.savez(
        out,
        full=_vectors(encoder, [images / row["path"] for row in rows]),
        title_vectors=encoder.encode_texts([title or " " for title in titles]),
        both_vectors=encoder.encode_texts([text or " " for text in texts]),
        titles=np.array(titles),
        texts=np.array(texts),
        has_title=np.array([bool(title) for title in titles]),
    )


def _vectors(encoder: Encoder, files: list[Path]) -> np.ndarray:
    """Of image files, (n, D)."""
    from PIL import Image

    vectors = []
    for start in range(0, len(files), 64):
        pixels = [
            encoder.preprocess(Image.open(file).convert("RGB"))
            for file in files[start : start + 64]
        ]
        vectors.append(encoder.encode_images(np.stack(pixels)))
    return np.concatenate(vectors)


def prepare(out: Path, clothing: Path, cifar: Path) -> None:
    """Vectors of the starter for photographs in folders by class, and for the names of those."""
    from core.encoders.registry import load_encoder

    encoder, arrays = load_encoder("starter", "cpu"), {}
    assert encoder.reference_mean is not None
    arrays["reference"] = encoder.reference_mean
    for name, folder in (("clothing", clothing), ("cifar", cifar)):
        files = sorted(folder.rglob("*.jpg"))[
            :: max(1, sum(1 for _ in folder.rglob("*.jpg")) // 4000)
        ]
        classes = sorted({file.parent.name for file in files})
        arrays[name] = _vectors(encoder, files)
        arrays[f"{name}_truth"] = np.array([classes.index(file.parent.name) for file in files])
        arrays[f"{name}_texts"] = encoder.encode_texts([f"a photo of a {each}" for each in classes])
    np.savez(out, **arrays)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("prepare")
    made.add_argument("out", type=Path)
    made.add_argument("--clothing", type=Path, required=True)
    made.add_argument("--cifar", type=Path, required=True)
    paired = commands.add_parser("pairs")
    for argument in ("out", "images", "table"):
        paired.add_argument(argument, type=Path)
    ran = commands.add_parser("run")
    ran.add_argument("file", type=Path)
    ran.add_argument("--repeats", type=int, default=20)
    ran.add_argument("--jobs", type=int, default=1)
    ran.add_argument("--seed", type=int, default=0)
    ran.add_argument("--retention", type=Path)
    ran.add_argument("--shuffled", action="store_true")
    options = parser.parse_args()
    if options.command == "prepare":
        prepare(options.out, options.clothing, options.cifar)
        return
    if options.command == "pairs":
        described(options.out, options.images, options.table)
        return
    tasks = [(kind, options.seed + n) for kind in KINDS for n in range(options.repeats)]
    work = partial(once, options.file, options.retention, options.shuffled)
    rows = []
    with ProcessPoolExecutor(options.jobs) as pool:
        for row in pool.map(work, tasks):
            rows.append(row)
            print(json.dumps(row), flush=True)
    table(rows)


if __name__ == "__main__":
    main()
