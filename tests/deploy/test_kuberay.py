"""The job for Kubernetes says what the command line and the installed versions say."""

from __future__ import annotations

import re
import shlex
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typer
from ruamel.yaml import YAML

from core.cli.app import app

FOLDER = Path(__file__).parents[2] / "deploy" / "kuberay"


def job() -> Any:
    return YAML(typ="safe").load(FOLDER / "rayjob.yaml")


def test_the_command_of_the_job_has_options_that_there_are() -> None:
    program, name, *words = shlex.split(job()["spec"]["entrypoint"])
    assert (program, name) == ("winnow", "classify")
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    there = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= there


def test_it_asks_for_as_many_gpus_as_its_workers_have() -> None:
    spec = job()["spec"]
    words = shlex.split(spec["entrypoint"])
    asked = int(words[words.index("--gpus") + 1])
    (group,) = spec["rayClusterSpec"]["workerGroupSpecs"]
    (worker,) = group["template"]["spec"]["containers"]
    assert group["maxReplicas"] * int(worker["resources"]["limits"]["nvidia.com/gpu"]) == asked


def test_head_and_workers_have_one_image_with_the_version_of_ray_that_is_tested() -> None:
    cluster = job()["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    pods = [group["template"]["spec"] for group in groups]
    (image,) = {container["image"] for pod in pods for container in pod["containers"]}
    ours = version("ray")
    assert cluster["rayVersion"] == ours and image.endswith(f":{ours}")
    dockerfile = (FOLDER / "Dockerfile").read_text()
    assert set(re.findall(r"RAY=(\d+\.\d+\.\d+)", dockerfile)) == {ours}
    for pod in pods:
        mounted = {m["name"] for c in pod["containers"] for m in c.get("volumeMounts", [])}
        assert mounted == {volume["name"] for volume in pod.get("volumes", [])}
