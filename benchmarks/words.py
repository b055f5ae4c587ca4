"""Pictures, words, and both in one model, on pictures whose truth is known.

    python benchmarks/words.py prepare OUT.npz IMAGES metadata.csv [--encoder starter]
    python benchmarks/words.py run OUT.npz [--repeats 10] [--jobs 2] [--seed 0] [--case NAME]
    python benchmarks/words.py speed FEATURES.npz
    python benchmarks/words.py text IMAGES metadata.csv [--encoder starter] [--count 2000]

`prepare` embeds the pictures of metadata.csv (path, title, keywords, category: the truth) and their
words. `run` labels some images of every class (5, 10, 20; at most half of a class), learns from
them and judges all others. Cases: "title" and "title + keywords"; "shuffled": each picture has the
title of another; "half": half of the pictures have no words, and 60 random images are labeled
beside the others, which calibrate; beside its calibration error stands what a model has that is
calibrated by construction (labels drawn from its probabilities, at the temperature that is best in
hindsight): as it is, and with a temperature that was fitted to as many drawn labels. Sources:
pictures alone as without words at all, words alone, both. The table has the mean over repeats and,
for "both", its paired difference to the better of the two. `speed` reads features as
`benchmarks/labels.py prepare` writes them, draws titles for them and measures the CPU time of a fit
to 300 labels, 60 of them judged. `text` embeds so many pictures, decoded from their files, and then
their titles, and their titles with keywords, each distinct text once, in one run: wall and CPU
seconds, and what share of the pictures' time texts take. None needs a GPU.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.metrics import f1_score
from threadpoolctl import threadpool_limits

from core.learn.judging.metrics import Evaluation, evaluate
from core.learn.models.calibration import fit_temperature, with_temperature
from core.learn.models.learner import Learner
from core.learn.models.neighbourhood import Graph, knn_graph
from core.learn.words.block import Words
from core.learn.words.kinds import by_kind
from core.learn.words.mixing import WORDS_ALONE

CASES = ("title", "keywords", "shuffled", "shuffled keywords", "half", "half keywords")
PER_CLASS = (0, 5, 10, 20)
SOURCES = ("image", "text", "both")
AUDIT = 120  # random images of "half": about 60 of each kind

TEXT_DIM = 896  # of the titles that `speed` draws
DRAWS = 4  # of labels for the floor
BATCH = 64  # pictures that `text` encodes at once

Row = tuple[str, int, int, str, str, float, float, float, float, float]
"""Case, labels a class, seed, source, which images, accuracy, macro-F1, ECE, its two floors."""


def prepare(out: Path, images: Path, table: Path, encoder: str) -> None:
    """Embed pictures and words and keep what the runs need."""
    from core.encoders import registry
    from core.encoders.base import unit_rows
    from core.learn.models.calibration import pool_temperature
    from core.prompts import zeroshot
    from core.prompts.vocabulary import Vocabulary

    model = registry.load_encoder(encoder, "auto")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    whole = np.concatenate(
        [
            model.encode_images(model.preprocess(_picture(images / row["path"]))[None])
            for row in rows
        ]
    )
    names = sorted({row["category"] for row in rows})
    classes = Vocabulary(tuple((name, (f"a photo of a {name}", name)) for name in names))
    prompts = zeroshot.prototypes(model, classes, zeroshot.TextCache())
    middle = zeroshot.centre([whole], model.reference_mean) if model.centre_scores else None
    scores = zeroshot.scores(whole, prompts, middle)
    titles = model.encode_texts([row["title"] or " " for row in rows])
    both = model.encode_texts([". ".join((row["title"], row["keywords"])) for row in rows])
    looks = unit_rows(whole[:, model.looks])
    np.savez(
        out,
        vectors=looks,
        logits=scores / (model.temperature or pool_temperature(scores)),
        truth=np.array([names.index(row["category"]) for row in rows]),
        neighbours=knn_graph(looks).neighbours,
        title_vectors=titles,
        title_scores=titles @ prompts.T,
        keywords_vectors=both,
        keywords_scores=both @ prompts.T,
    )


def _picture(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")


class Scene:
    """What `prepare` kept, as one case has it in one repeat."""

    def __init__(self, file: Path, case: str, seed: int) -> None:
        with np.load(file) as arrays:
            kept = {name: arrays[name] for name in arrays.files}
        self.vectors, self.truth = kept["vectors"], kept["truth"]
        self.logits = kept["logits"].astype(np.float32)
        self.graph = Graph(kept["neighbours"])
        which = "keywords" if "keywords" in case else "title"
        texts = np.arange(len(self.truth))
        random = np.random.default_rng([seed, 2])
        if case.startswith("shuffled"):
            texts = random.permutation(texts)
        if case.startswith("half"):
            texts[random.random(len(texts)) < 0.5] = -1
        vectors, scores = kept[f"{which}_vectors"], kept[f"{which}_scores"]
        self.words = Words.make(vectors, texts, scores, self.logits)

    def learner(self, source: str) -> Learner:
        """The model of pictures, of words, or of both."""
        if source == "text":
            return Learner(
                self.vectors, self.words.own, clusters=False, words=self.words, grid=WORDS_ALONE
            )
        words = self.words if source == "both" else None
        return Learner(self.vectors, self.logits, graph=self.graph, words=words)


def labeled(truth: np.ndarray, per_class: int, seed: int) -> np.ndarray:
    """Rows with a label, rising: so many of each class, at most half of one."""
    random = np.random.default_rng([seed, 3])
    rows = [
        own[: min(per_class, len(own) // 2)]
        for number in range(truth.max() + 1)
        for own in [random.permutation(np.flatnonzero(truth == number))]
    ]
    return np.sort(np.concatenate(rows)).astype(np.intp)


def play(file: Path, job: tuple[str, int, int]) -> list[Row]:
    """One repeat of one case at one number of labels."""
    case, per_class, seed = job
    with threadpool_limits(1):
        scene = Scene(file, case, seed)
        rows, present = labeled(scene.truth, per_class, seed), scene.words.present
        audit = np.empty(0, np.intp)
        if case.startswith("half"):
            audit = np.random.default_rng([seed, 4]).permutation(len(present))[:AUDIT]
            rows = np.union1d(rows, audit) if per_class else audit
        others = np.setdiff1d(np.arange(len(present)), rows)
        kinds = {"all": others}
        if not present.all():
            kinds |= {"with": others[present[others]], "without": others[~present[others]]}
        return [
            (case, per_class, seed, source, kind, *measured(scene, source, rows, audit, asked))
            for source in SOURCES
            for kind, asked in kinds.items()
        ]


def measured(
    scene: Scene, source: str, rows: np.ndarray, audit: np.ndarray, asked: np.ndarray
) -> tuple[float, float, float, float, float]:
    """Accuracy, macro-F1, ECE and its floors on some images, calibrated as the app does it."""
    fitted = scene.learner(source).fit(rows, scene.truth[rows], judged=audit)
    probabilities, unseen = fitted.probabilities, fitted.unseen
    if len(audit):
        truth, shared = scene.truth[audit], None
        if source == "both":
            probabilities, unseen, shared, _ = by_kind(
                probabilities, scene.words.present, unseen, audit, truth
            )
        temperature = shared or fit_temperature(unseen, truth)
        probabilities = with_temperature(probabilities, temperature)
    chances, truth = probabilities[asked], scene.truth[asked]
    macro = f1_score(truth, chances.argmax(axis=1), average="macro", zero_division=0)
    result = evaluated(truth, chances)
    low = floors(chances, truth, len(audit) // 2) if len(audit) else (float("nan"),) * 2
    return result.accuracy, float(macro), result.ece, *low


def evaluated(truth: np.ndarray, chances: np.ndarray) -> Evaluation:
    """The figures of probabilities (n, K)."""
    return evaluate(truth, chances, [str(number) for number in range(chances.shape[1])])


def floors(chances: np.ndarray, truth: np.ndarray, labels: int) -> tuple[float, float]:
    """Mean ECE of a model whose labels are drawn from its own probabilities (n, K).

    As it is, and after a temperature that was fitted to so many of the drawn labels, on the others.
    """
    random, rows = np.random.default_rng(len(chances)), np.arange(len(chances))
    model = with_temperature(chances, fit_temperature(chances, truth))
    steps = model.astype(np.float64).cumsum(axis=1)
    found = []
    for _ in range(DRAWS):
        drawn = (random.random((len(model), 1)) * steps[:, -1:] > steps[:, :-1]).sum(axis=1)
        own = random.permutation(rows)[:labels]
        rest = np.setdiff1d(rows, own)
        fitted = with_temperature(model[rest], fit_temperature(model[own], drawn[own]))
        found.append((evaluated(drawn, model).ece, evaluated(drawn[rest], fitted).ece))
    first, second = np.mean(found, axis=0).tolist()
    return first, second


def report(results: list[Row]) -> Iterator[str]:
    """The table, a line a case, number of labels and kind of images."""
    yield f"{'case':18} labels  images   " + "".join(f"{name:>24}" for name in SOURCES)
    yield " " * 34 + "     acc    F1   ECE     " * 3 + "both − better of the two (95 %)"
    for case, per_class, kind in product(CASES, PER_CLASS, ("all", "with", "without")):
        cells = {
            source: np.array(
                [
                    row[5:]
                    for row in results
                    if row[:2] == (case, per_class) and row[3:5] == (source, kind)
                ]
            )
            for source in SOURCES
        }
        if not len(cells["both"]):
            continue
        means = {source: values.mean(axis=0) for source, values in cells.items()}
        better = max(("image", "text"), key=lambda source: means[source][0])
        gaps = cells["both"][:, 0] - cells[better][:, 0]
        error = 1.96 * gaps.std(ddof=1) / len(gaps) ** 0.5 if len(gaps) > 1 else float("nan")
        figures = "".join(
            f"    {mean[0]:.3f} {mean[1]:.3f} {mean[2]:.3f}   " for mean in means.values()
        )
        low, reached = means["both"][3:]
        floor = f"   ECE floor of both {low:.3f}, with a fitted temperature {reached:.3f}"
        yield (
            f"{case:18} {per_class:6}  {kind:8} {figures}"
            f" {100 * gaps.mean():+.1f} ± {100 * error:.1f} ({better})"
            f"{floor if np.isfinite(low) else ''}"
        )


def speed(file: Path) -> Iterator[str]:
    """CPU seconds of a round: pictures alone, titles of all images, titles of half of them."""
    with np.load(file) as arrays:
        vectors, truth = arrays["vectors"], arrays["truth"]
        logits, graph = arrays["logits"].astype(np.float32), Graph(arrays["neighbours"])
    random = np.random.default_rng(0)
    meant = np.where(random.random(len(truth)) < 0.6, truth, random.permutation(truth))
    prompts = unit(random.normal(size=(truth.max() + 1, TEXT_DIM)))
    texts = unit(prompts[meant] + random.normal(size=(len(truth), TEXT_DIM)) * 2 / TEXT_DIM**0.5)
    every = np.arange(len(truth))
    half = np.where(random.random(len(truth)) < 0.5, every, -1)
    rows = random.permutation(len(truth))[:300]
    for name, of in (("pictures", None), ("titles", every), ("titles of half", half)):
        words = None if of is None else Words.make(texts, of, texts @ prompts.T, logits)
        learner = Learner(vectors, logits, graph=graph, words=words)
        learner.fit(rows, truth[rows], judged=rows[:60])  # groups are made once
        begun = time.process_time()
        learner.fit(rows, truth[rows], judged=rows[:60])
        yield f"{name:16} {time.process_time() - begun:.2f} s"


def text(images: Path, table: Path, encoder: str, count: int) -> Iterator[str]:
    """Seconds to embed pictures, and to embed what they say."""
    from core.encoders import registry

    model = registry.load_encoder(encoder, "auto")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:count]
    paths = [images / row["path"] for row in rows]
    titles = [row["title"] for row in rows]
    both = [". ".join(filter(None, (row["title"], row["keywords"]))) for row in rows]
    model.encode_texts(["to have the weights in memory"])
    model.encode_images(model.preprocess(_picture(paths[0]))[None])

    def pictures() -> None:
        for begin in range(0, len(paths), BATCH):
            some = [model.preprocess(_picture(path)) for path in paths[begin : begin + BATCH]]
            model.encode_images(np.stack(some))

    whole = 0.0
    for name, work, number in (
        ("pictures", pictures, len(paths)),
        ("titles", lambda: model.encode_texts(list(dict.fromkeys(titles))), len(titles)),
        ("titles, keywords", lambda: model.encode_texts(list(dict.fromkeys(both))), len(both)),
    ):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        whole = whole or cpu
        yield (
            f"{name:17} {number:,} images: {wall:6.2f} s, {cpu:6.2f} s CPU, {number / cpu:7.1f} "
            f"images/s CPU, {cpu / whole:5.1%} of the pictures' CPU time"
        )


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows (n, D) of length one, float32."""
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("prepare")
    making.add_argument("out", type=Path)
    making.add_argument("images", type=Path)
    making.add_argument("table", type=Path)
    making.add_argument("--encoder", default="starter")
    commands.add_parser("speed").add_argument("file", type=Path)
    reading = commands.add_parser("text")
    reading.add_argument("images", type=Path)
    reading.add_argument("table", type=Path)
    reading.add_argument("--encoder", default="starter")
    reading.add_argument("--count", type=int, default=2_000)
    running = commands.add_parser("run")
    running.add_argument("file", type=Path)
    running.add_argument("--repeats", type=int, default=10)
    running.add_argument("--jobs", type=int, default=2)
    running.add_argument("--seed", type=int, default=0)
    running.add_argument("--case", action="append", choices=CASES)
    options = parser.parse_args()
    if options.command == "prepare":
        prepare(options.out, options.images, options.table, options.encoder)
        return
    if options.command == "text":
        for line in text(options.images, options.table, options.encoder, options.count):
            print(line, flush=True)
        return
    if options.command == "speed":
        with threadpool_limits(1):
            print("\n".join(speed(options.file)))
        return
    seeds = range(options.seed, options.seed + options.repeats)
    jobs = list(product(options.case or CASES, PER_CLASS, seeds))
    with ProcessPoolExecutor(options.jobs) as pool:
        results = [row for rows in pool.map(partial(play, options.file), jobs) for row in rows]
    print("\n".join(report(results)))


if __name__ == "__main__":
    main()
