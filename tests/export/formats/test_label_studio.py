"""Tasks for Label Studio, and the interface that fits them."""

import json
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from export.export_builders import assign, make_jpegs, run_record
from export.format_builders import CLASSES

from core.export.options import ExportOptions
from core.export.planning import make_plan
from core.export.write import write


def test_every_image_is_a_task_with_its_class(everything) -> None:
    plan, result = everything
    tasks = json.loads((result.out / "label-studio/tasks.json").read_bytes())
    assert [task["data"]["path"] for task in tasks] == [i.assignment.path for i in plan.items]
    for task, item in zip(tasks, plan.items, strict=True):
        (place,) = parse_qs(urlsplit(task["data"]["image"]).query)["d"]
        assert (result.out / place).is_file()
        (prediction,) = task["predictions"]
        assert prediction["score"] == item.assignment.probability
        (choice,) = prediction["result"]
        assert choice["value"] == {"choices": [item.assignment.label]}
        assert "annotations" not in task


def test_the_interface_has_every_class_and_fits_the_tasks(everything) -> None:
    _, result = everything
    view = ElementTree.parse(result.out / "label-studio/interface.xml").getroot()
    assert [choice.get("value") for choice in view.iter("Choice")] == CLASSES
    (choices,), (image,) = view.findall("Choices"), view.findall("Image")
    tasks = json.loads((result.out / "label-studio/tasks.json").read_bytes())
    choice = tasks[0]["predictions"][0]["result"][0]
    assert (choice["from_name"], choice["to_name"]) == (choices.get("name"), image.get("name"))
    assert image.get("value") == "$image" and choices.get("toName") == image.get("name")


def test_what_people_decided_is_an_annotation_and_classes_may_hold_anything(tmp_path) -> None:
    make_jpegs(tmp_path / "images", ["a.jpg"])
    name = 'x "<&>\x01'
    entry = assign(tmp_path / "images", "a.jpg", name, source="human")
    plan = make_plan([entry], [], [name], ExportOptions(formats=("label-studio",)))
    out = write(plan, tmp_path / "images", tmp_path / "out", run_record()).out
    (task,) = json.loads((out / "label-studio/tasks.json").read_bytes())
    assert "predictions" not in task
    assert task["annotations"][0]["result"][0]["value"] == {"choices": [name]}
    assert task["data"]["image"] == "/data/local-files/?d=a.jpg"  # no image files: the folder's own
    view = ElementTree.parse(out / "label-studio/interface.xml").getroot()
    assert [choice.get("value") for choice in view.iter("Choice")] == ['x "<&> ']
