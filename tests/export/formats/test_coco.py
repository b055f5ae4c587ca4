"""COCO's JSON holds together."""

import json

from export.format_builders import CLASSES


def test_coco_json_holds_together(everything) -> None:
    plan, result = everything
    coco = json.loads((result.out / "coco.json").read_bytes())
    names = {category["id"]: category["name"] for category in coco["categories"]}
    images = {image["id"]: image for image in coco["images"]}
    assert list(names.values()) == CLASSES and len(images) == len(plan.items)
    label_of = {i.assignment.path: i.assignment.label for i in plan.items if not i.review}
    assert len(coco["annotations"]) == len(label_of)
    for annotation in coco["annotations"]:
        image = images[annotation["image_id"]]
        assert names[annotation["category_id"]] == label_of[image["path"]]
        assert annotation["bbox"] == [0, 0, image["width"], image["height"]]
        assert annotation["area"] == image["width"] * image["height"] > 0
        assert (result.out / image["file_name"]).is_file()
