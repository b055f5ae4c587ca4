"""What a server says of images is what the model file says of them, in every form and number."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

import numpy as np
import pytest
from api.serving import Running, model_of, running
from colours import ColourEncoder

from core.images.hash import content_id
from core.project.project import Project
from core.sorter.model_file import read

Pictures = list[tuple[str, bytes]]


def expected(file: Path, project: Project, names: list[str]) -> np.ndarray:
    """(n, K) of the collection's own vectors."""
    pool = project.pool()
    rows = np.array([pool.rows_by_path[name] for name in names])
    return read(file).head.probabilities(pool.some(rows))


def probabilities(answers: list[dict], names: list[str]) -> np.ndarray:
    by_class = [{one["class"]: one["probability"] for one in answer["top"]} for answer in answers]
    return np.array([[own[name] for name in names] for own in by_class])


def test_a_form_json_and_bytes_give_what_the_head_gives(
    served: Running, file: Path, project: Project, pictures: Pictures
) -> None:
    some = pictures[:7]
    names = read(file).names
    wanted = expected(file, project, [name for name, _ in some])
    form = served.form("/v1/classify?top=3", some)
    encoded = [base64.b64encode(data).decode() for _, data in some]
    json_ = served.json("/v1/classify?top=3", {"images": encoded})
    for reply in (form, json_):
        assert reply.status == 200, reply.body
        answers = reply.content["images"]
        assert np.abs(probabilities(answers, names) - wanted).max() < 1e-6
        assert [answer["id"] for answer in answers] == [content_id(data) for _, data in some]
    assert [answer["name"] for answer in form.content["images"]] == [name for name, _ in some]
    raw = served.ask("POST", "/v1/classify?top=3", some[0][1], {"Content-Type": "image/jpeg"})
    assert np.abs(probabilities(raw.content["images"], names) - wanted[:1]).max() < 1e-6


def test_an_answer_has_a_set_a_size_and_reasons(served: Running, pictures: Pictures) -> None:
    (answer,) = served.form("/v1/classify?top=2", pictures[:1]).content["images"]
    assert answer["class"] == "red"
    assert answer["class"] in answer["set"]
    assert len(answer["top"]) == 2
    assert (answer["width"], answer["height"]) == (32, 24)
    assert answer["why"]["prompt"] in ("red", "a red picture")
    near = answer["why"]["exemplars"]
    assert len(near) == 3 and all(one["class"] == "red" for one in near)
    similarities = [one["similarity"] for one in near]
    assert similarities == sorted(similarities, reverse=True)


def test_an_image_that_cannot_be_used_takes_no_other_with_it(
    served: Running, pictures: Pictures
) -> None:
    reply = served.form("/v1/classify", [pictures[0], ("../<b>.jpg", b"no image"), pictures[1]])
    assert reply.status == 200
    first, wrong, last = reply.content["images"]
    assert set(wrong) == {"name", "error"} and wrong["name"] == "<b>.jpg"
    assert first["class"] and last["class"]
    alone = served.form("/v1/classify", [("a.jpg", b"no image")])
    assert alone.status == 422 and "a.jpg" in alone.error
    many = served.form("/v1/classify", [("a.jpg", b""), ("b.jpg", b"x")])
    assert many.status == 422 and "None of the 2 images" in many.error


def test_many_clients_at_once_each_get_their_own_answer(
    served: Running, file: Path, project: Project, pictures: Pictures
) -> None:
    names = read(file).names
    wanted = expected(file, project, [name for name, _ in pictures])
    answers: dict[tuple[int, int], np.ndarray] = {}

    def client(number: int) -> None:
        for turn in range(6):
            place = (7 * number + turn) % len(pictures)
            reply = served.form("/v1/classify?top=3", [pictures[place]])
            assert reply.status == 200, reply.body
            answers[number, turn] = probabilities(reply.content["images"], names)[0] - wanted[place]

    threads = [threading.Thread(target=client, args=(n,)) for n in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 32 * 6
    assert np.abs(np.array(list(answers.values()))).max() < 1e-6
    assert served.service.models.inside == 0


def test_several_models_are_served_by_name_and_share_an_encoder(
    file: Path, project: Project, pictures: Pictures, tmp_path: Path
) -> None:
    other = model_of(project, tmp_path / "other.winnow", exemplars=False)
    encoder = ColourEncoder()
    with running([file, other], encoder=encoder) as one:
        listed = one.get("/v1/models").content["models"]
        assert [model["name"] for model in listed] == ["colours", "other"]
        for name in ("colours", "other"):
            reply = one.form(f"/v1/classify?model={name}", pictures[:2])
            assert reply.content["model"] == name
            assert one.get(f"/v1/model?model={name}").content["name"] == name
        assert one.form("/v1/classify", pictures[:1]).content["model"] == "colours"
        missing = one.form("/v1/classify?model=third", pictures[:1])
        assert missing.status == 404 and "colours, other" in missing.error
        assert len(one.service.models._batchers) == 1


def test_search_finds_labeled_images_by_image_and_text(
    served: Running, file: Path, project: Project, pictures: Pictures, tmp_path: Path
) -> None:
    sorter = read(file)
    assert sorter.exemplars is not None
    like = served.ask("POST", "/v1/search?top=4", pictures[0][1], {"Content-Type": "image/jpeg"})
    assert [one["class"] for one in like.content["images"]] == ["red"] * 4
    text = served.json("/v1/search?top=3", {"text": "something blue"}).content["images"]
    assert [one["class"] for one in text] == ["blue"] * 3
    assert {one["id"] for one in text} <= set(sorter.exemplars.ids)
    encoded = base64.b64encode(pictures[0][1]).decode()
    assert served.json("/v1/search?top=4", {"image": encoded}).content == like.content
    for wrong in ({}, {"text": "a", "image": encoded}, {"text": 3}, {"image": "?"}):
        assert served.json("/v1/search", wrong).status == 422
    bare = model_of(project, tmp_path / "bare.winnow", exemplars=False)
    with running([bare]) as one:
        reply = one.json("/v1/search", {"text": "red"})
        assert reply.status == 404 and "no labeled images" in reply.error


def test_the_starter_answers_as_in_the_collection(
    starter, embedded: Path, sample: Path, tmp_path: Path
) -> None:
    from core.store.workspace import load

    project = Project(load(embedded)).use(starter)
    file = model_of(project, tmp_path / "starter.winnow")
    paths = project.pool().paths[:12]
    files = [(path, (sample / path).read_bytes()) for path in paths]
    with running([file], encoder=starter) as one:
        reply = one.form(f"/v1/classify?top={len(read(file).names)}", files)
        alone = one.form(f"/v1/classify?top={len(read(file).names)}", files[:1])
    wanted = expected(file, project, paths)
    got = probabilities(reply.content["images"], read(file).names)
    assert np.abs(got - wanted).max() < 1e-3
    assert (
        np.abs(probabilities(alone.content["images"], read(file).names) - wanted[:1]).max() < 1e-3
    )
    assert np.array_equal(got.argmax(1), wanted.argmax(1))


@pytest.mark.parametrize("size", [1, 3])
def test_a_batch_has_at_most_the_size_that_was_asked_for(
    file: Path, pictures: Pictures, size: int
) -> None:
    seen: list[int] = []

    class Counting(ColourEncoder):
        def encode_images(self, pixels: np.ndarray) -> np.ndarray:
            seen.append(len(pixels))
            return super().encode_images(pixels)

    with running([file], encoder=Counting(), batch_size=size) as one:
        assert one.form("/v1/classify", pictures[:20]).status == 200
    assert sum(seen) == 20
    assert max(seen) <= size
