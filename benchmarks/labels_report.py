"""Tables, checks and the plot of `labels.py`. Accuracy is on held-out images throughout."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

Run = dict[str, Any]
SHOWN = (0, 10, 20, 50, 100, 200, 500)
CHECKED = (10, 20, 50, 100, 200, 500)
FROM, TO = 10, 200  # labels between which areas are taken


class Curves:
    """The runs of one data set: contender → measure at some labels, a value a seed."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._points: dict[str, dict[int, dict[int, Run]]] = defaultdict(dict)
        for run in runs:
            points = {point["labels"]: point for point in run["points"]}
            self._points[run["contender"]][run["seed"]] = points

    @property
    def names(self) -> list[str]:
        return list(self._points)

    def budgets(self, name: str) -> list[int]:
        return sorted(next(iter(self._points[name].values())))

    def at(self, name: str, labels: int, what: str = "heldout_accuracy") -> dict[int, float]:
        """Seed → value; empty where nothing was measured."""
        seeds = self._points[name].items()
        return {seed: points[labels][what] for seed, points in seeds if labels in points}

    def mean(self, name: str, labels: int, what: str = "heldout_accuracy") -> float:
        values = list(self.at(name, labels, what).values())
        return float(np.mean(values)) if values else float("nan")

    def area(self, name: str) -> dict[int, float]:
        """Seed → mean accuracy over the logarithm of the labels, FROM to TO."""
        budgets = [n for n in self.budgets(name) if FROM <= n <= TO]
        x = np.log(budgets)
        rows = [self.at(name, n) for n in budgets]
        return {
            seed: float(np.trapezoid([row[seed] for row in rows], x) / (x[-1] - x[0]))
            for seed in rows[0]
        }

    def reach(self, name: str, wanted: float) -> float:
        """Labels at which the mean curve first reaches an accuracy; infinite where it does not."""
        budgets = self.budgets(name)
        means = [self.mean(name, n) for n in budgets]
        for i, mean in enumerate(means):
            if mean >= wanted and i == 0:
                return float(budgets[0])
            if mean >= wanted:
                part = (wanted - means[i - 1]) / (mean - means[i - 1])
                return budgets[i - 1] + part * (budgets[i] - budgets[i - 1])
        return float("inf")


def paired(ours: dict[int, float], theirs: dict[int, float]) -> tuple[float, float, float]:
    """Mean difference over the seeds that both have, and its 95 % interval (Student)."""
    seeds = sorted(ours.keys() & theirs.keys())
    gaps = np.array([ours[seed] - theirs[seed] for seed in seeds])
    if len(gaps) < 2:
        return float(gaps.mean()) if len(gaps) else float("nan"), -np.inf, np.inf
    half = student.ppf(0.975, len(gaps) - 1) * gaps.std(ddof=1) / np.sqrt(len(gaps))
    return float(gaps.mean()), float(gaps.mean() - half), float(gaps.mean() + half)


def report(runs: Sequence[Run], plot: Path | None) -> None:
    """Print what was found; draw it when a file is given."""
    sets = {data: [r for r in runs if r["data"] == data] for data in {r["data"]: 0 for r in runs}}
    curves = {}
    for data, some in sets.items():
        curves[data] = Curves([run for run in some if run["kind"] == "run"])
        print(f"\n### {data}\n")
        print_table(curves[data])
        print_checks(curves[data])
        print_coverage([run for run in some if run["kind"] == "coverage"])
    if plot:
        draw(curves, plot)


def print_table(curves: Curves) -> None:
    """Accuracy of every contender at some labels."""
    goal = curves.mean("recipe", 200)
    heads = ["model, queue", *(str(n) for n in SHOWN), "area", f"labels to {goal:.1%}"]
    heads += ["F1 at 200", "NLL at 200", "seeds"]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for name in sorted(curves.names, key=lambda n: -np.mean(list(curves.area(n).values()))):
        values = [curves.mean(name, n) for n in SHOWN]
        reach = curves.reach(name, goal)
        more = curves.budgets(name)[-1]
        cells = ["–" if np.isnan(value) else f"{100 * value:.1f}" for value in values]
        cells += [f"{100 * np.mean(list(curves.area(name).values())):.1f}"]
        cells += [f"{reach:.0f}" if np.isfinite(reach) else f"> {more}"]
        cells += [f"{100 * curves.mean(name, 200, 'macro_f1'):.1f}"]
        cells += [f"{curves.mean(name, 200, 'nll'):.2f}"]
        print("| " + " | ".join([name, *cells, str(len(curves.area(name)))]) + " |")


def print_checks(curves: Curves) -> None:
    """What Winnow promises, each with its figures."""
    ours, same = "winnow", "lr-cv, winnow's labels"
    if ours not in curves.names:
        return
    reach = curves.reach(ours, curves.mean("recipe", 200))
    print(f"\n- labels to the usual recipe's accuracy at 200: {reach:.0f} {_verdict(reach <= 70)}")
    took = [f"{curves.mean(name, 200, 'seconds'):.2f} s" for name in (ours, "recipe")]
    print(f"- a round at 200 labels (fit, rescore, next batch): {took[0]}, the recipe {took[1]}")
    prompts = curves.at(ours, 0)
    for labels in CHECKED:
        if same not in curves.names:
            break
        rivals = {"zero-shot": prompts, "lr-cv": curves.at(same, labels)}
        best = max(rivals, key=lambda name: np.mean(list(rivals[name].values())))
        gap, low, high = paired(curves.at(ours, labels), rivals[best])
        print(
            f"- at {labels} labels against {best} with the same labels: "
            f"{_points(gap, low, high)} {_verdict(high >= 0)}"
        )
    peers = [name for name in curves.names if name.startswith("lr-cv, sk")]
    if peers:
        areas = {name: curves.area(name) for name in peers}
        best = max(areas, key=lambda name: np.mean(list(areas[name].values())))
        gap, low, high = paired(curves.area(ours), areas[best])
        print(f"- area against {best}, the best: {_points(gap, low, high)} {_verdict(low > 0)}")


def print_coverage(runs: Sequence[Run]) -> None:
    """How often the stated interval holds the truth, and how well probabilities are calibrated."""
    for audits in sorted({run["audits"] for run in runs}):
        points = [run["points"][0] for run in runs if run["audits"] == audits]
        held = [point["low"] <= point["accuracy"] <= point["high"] for point in points]
        width = np.mean([point["high"] - point["low"] for point in points])
        bias = np.mean([point["estimate"] - point["accuracy"] for point in points])
        ece = np.mean([point["ece"] for point in points])
        inside = 0.93 <= np.mean(held) <= 0.995  # exact intervals hold at least as often as stated
        print(
            f"- {audits} audit labels, {len(points)} repeats: the interval holds the truth "
            f"{np.mean(held):.1%} {_verdict(inside)}, width {100 * width:.1f}, estimate minus "
            f"truth {100 * bias:+.1f}; ECE {ece:.3f} {_verdict(ece <= 0.05)}"
        )


def _points(gap: float, low: float, high: float) -> str:
    return f"{100 * gap:+.1f} points ({100 * low:+.1f} to {100 * high:+.1f})"


def _verdict(good: bool) -> str:
    return "(kept)" if good else "(MISSED)"


def draw(curves: dict[str, Curves], file: Path) -> None:
    """Accuracy against labels, a panel a data set."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "winnow"  # the same figure gives the same file
    from matplotlib import pyplot

    names = {"winnow": "Winnow", "recipe": "usual recipe"}
    names["lr-cv, winnow's labels"] = "tuned regression, Winnow's labels"
    figure, axes = pyplot.subplots(1, len(curves), figsize=(4.6 * len(curves), 3.6), squeeze=False)
    for axis, (data, measured) in zip(axes[0], curves.items(), strict=True):
        peers = [name for name in measured.names if name.startswith("lr-cv, sk")]
        best = sorted(peers, key=lambda name: -np.mean(list(measured.area(name).values())))[:1]
        shown = names | {name: f"tuned regression, {name[10:]}" for name in best}
        axis.axhline(measured.mean("winnow", 0), color="0.6", linestyle=":", label="prompts alone")
        for name, label in shown.items():
            if name not in measured.names:
                continue
            budgets = [n for n in measured.budgets(name) if n >= FROM]
            values = [list(measured.at(name, n).values()) for n in budgets]
            means = np.array([np.mean(v) for v in values])
            error = np.array([np.std(v, ddof=1) / np.sqrt(len(v)) if v[1:] else 0 for v in values])
            (line,) = axis.plot(budgets, means, marker="o", markersize=3, label=label)
            shade = {"color": line.get_color(), "alpha": 0.15, "linewidth": 0}
            axis.fill_between(budgets, means - 2 * error, means + 2 * error, **shade)
        axis.set(xscale="log", xlabel="labels", ylabel="accuracy, held out", title=data)
        axis.set_xticks([10, 20, 50, 100, 200, 500], ["10", "20", "50", "100", "200", "500"])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    axes[0][-1].legend(fontsize=7, loc="lower right")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
