"""Label Studio: label-studio/tasks.json and the labeling interface that fits it.

People's labels are annotations, predictions are pre-annotations with their probability. What comes
back from there, `winnow labels import` reads. Source: Label Studio's documentation of its task
format and of local storage.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from core.export.formats.base import ExportFormat, Job
from core.export.plan import Plan, PlanItem
from core.export.record.frame import encodable
from core.export.record.jsonfile import rounded

_ROOT = "label-studio"
_CONTROL, _OBJECT = "class", "image"
_LOCAL = "/data/local-files/?d="
_NO_XML = {number: " " for number in range(32) if chr(number) not in "\t\n\r"}


def _write(job: Job) -> None:
    """Write one task an image, in the order of the plan, and the labeling interface.

    Addresses are those of Label Studio's local storage: below the export where it holds image
    files, else below the image folder. Images in review/ are tasks too, with a prediction.
    """
    root = job.folder / _ROOT
    root.mkdir(exist_ok=True)
    with (root / "tasks.json").open("w", encoding="utf-8", newline="\n") as file:
        separator = "[\n"
        for task in _tasks(job):
            file.write(separator + json.dumps(task, sort_keys=True))
            separator = ",\n"
        file.write("[]\n" if separator == "[\n" else "\n]\n")
    _write_interface(root / "interface.xml", job.outcome.plan.folders)


def _tasks(job: Job) -> Iterator[dict[str, object]]:
    for item in job.outcome.items:
        place = encodable(job.layout.file(item) or item.assignment.path)
        task: dict[str, object] = {
            "data": {
                _OBJECT: _LOCAL + quote(place),
                "path": encodable(item.assignment.path),
            }
        }
        if item.assignment.source == "human":
            task["annotations"] = [{"result": _result(item)}]
        else:
            prediction = {
                "model_version": f"winnow {item.assignment.source}",
                "score": rounded(item.assignment.probability),
                "result": _result(item),
            }
            task["predictions"] = [prediction]
        yield task


def _result(item: PlanItem) -> list[dict[str, object]]:
    return [
        {
            "id": item.assignment.id[:10],
            "from_name": _CONTROL,
            "to_name": _OBJECT,
            "type": "choices",
            "value": {"choices": [encodable(item.assignment.label)]},
        }
    ]


def _write_interface(path: Path, classes: Iterable[str]) -> None:
    choices = (
        f"    <Choice value={quoteattr(encodable(name).translate(_NO_XML))}/>" for name in classes
    )
    lines = [
        "<View>",
        f'  <Image name="{_OBJECT}" value="${_OBJECT}"/>',
        f'  <Choices name="{_CONTROL}" toName="{_OBJECT}" choice="single" showInLine="true">',
        *choices,
        "  </Choices>",
        "</View>",
        "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8", newline="\n")


def _notes(plan: Plan) -> list[str]:
    return [
        f"Label Studio: take {_ROOT}/interface.xml as the labeling interface and import "
        f"{_ROOT}/tasks.json; its local storage must serve the folder that the addresses are "
        "relative to, this export where it holds image files and else the image folder."
    ]


FORMAT = ExportFormat(
    name="label-studio",
    title="Label Studio tasks",
    order=52,
    own_names=frozenset({_ROOT}),
    notes=_notes,
    write=_write,
)
