"""Words beside images: read by a model that reads some, refused in one sentence by another."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator

import pytest
from api.serving import Reply, Running, running
from services.sorter.words.titled import titled

from core.services.sorter.making import make_sorter
from core.sorter.model_file import write

Pictures = list[tuple[str, bytes]]


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Pictures]]:
    """A server of a model that reads titles, and of the same without words."""
    folder = tmp_path_factory.mktemp("titled")
    _, snapshot = titled(folder)
    for name, words in (("titled", "{title}"), ("silent", "")):
        write(make_sorter(snapshot.speaking(words), name), folder / f"{name}.winnow")
    pictures = [(p.name, p.read_bytes()) for p in sorted((folder / "pictures").iterdir())]
    with running([folder / "titled.winnow", folder / "silent.winnow"]) as served:
        yield served, pictures


def form(
    served: Running, pictures: Pictures, fields: list[tuple[str, str]], model: str = "titled"
) -> Reply:
    """Send a form with images and fields of text."""
    mark = uuid.uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    parts += [
        f'--{mark}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n'
        "Content-Type: image/jpeg\r\n\r\n".encode()
        + data
        + b"\r\n"
        for name, data in pictures
    ]
    kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    body = b"".join([*parts, f"--{mark}--\r\n".encode()])
    return served.ask("POST", f"/v1/classify?model={model}", body, kind)


def classes(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [one["class"] for one in reply.content["images"]]


def encoded(pictures: Pictures) -> list[str]:
    return [base64.b64encode(data).decode() for _, data in pictures]


def test_each_image_is_judged_with_its_own_words(reading: tuple[Running, Pictures]) -> None:
    served, pictures = reading
    some, wanted = pictures[:3], ["blue", "blue", "red"]
    titles = [f"a {colour} thing" for colour in wanted]
    by_text = form(served, some, [("text", title) for title in titles])
    assert classes(by_text) == wanted
    assert [one["words"] for one in by_text.content["images"]] == titles
    assert classes(form(served, some, [("Title", title) for title in titles])) == wanted
    images = encoded(some)
    for more in ({"text": titles}, {"fields": [{"title": title} for title in titles]}):
        assert classes(served.json("/v1/classify", {"images": images, **more})) == wanted
    one = {"images": images[:1], "text": titles[0]}
    assert classes(served.json("/v1/classify", one)) == wanted[:1]


def test_as_many_texts_as_images_may_come(reading: tuple[Running, Pictures]) -> None:
    served, pictures = reading
    some = pictures[:30]
    reply = form(served, some, [("text", "a blue thing")] * len(some))
    assert classes(reply) == ["blue"] * len(some)
    assert "holds no file" in form(served, [], [("text", "a blue thing")]).error


def test_without_words_it_says_what_the_picture_says(reading: tuple[Running, Pictures]) -> None:
    served, pictures = reading
    bare = form(served, pictures[:4], [], "silent").content["images"]
    for fields in ([], [("text", "")] * 4, [("vendor", "x")]):
        same_as(form(served, pictures[:4], fields).content["images"], bare)
    mixed = {"images": encoded(pictures[:2]), "text": [None, "a blue thing"]}
    first, second = served.json("/v1/classify", mixed).content["images"]
    same_as([first], bare[:1])
    assert second["class"] == "blue"


def same_as(answers: list[dict], others: list[dict]) -> None:
    """As far as batches of other sizes let it be."""
    for answer, other in zip(answers, others, strict=True):
        assert answer.keys() == other.keys() and answer["class"] == other["class"]
        assert answer["probability"] == pytest.approx(other["probability"], abs=1e-6)


def test_what_does_not_fit_is_one_sentence(reading: tuple[Running, Pictures]) -> None:
    served, pictures = reading
    some = pictures[:2]
    assert "pictures alone" in form(served, some, [("text", "a")] * 2, "silent").error
    silent = served.json("/v1/classify?model=silent", {"images": encoded(some), "text": "a"})
    assert silent.status == 422 and "pictures alone" in silent.error
    assert "1 texts for 2 images" in form(served, some, [("text", "a")]).error
    assert "1 texts for 2 images" in form(served, some, [("title", "a")]).error
    for more in ({"text": ["a"]}, {"text": "a"}, {"fields": {"title": "a"}}):
        reply = served.json("/v1/classify", {"images": encoded(some), **more})
        assert reply.status == 422 and "1 texts for 2 images" in reply.error
    for wrong in (7, [7, 7], ["x" * 20_000, "a"], {"a": 1}):
        reply = served.json("/v1/classify", {"images": encoded(some), "text": wrong})
        assert reply.status == 422 and reply.error
    both = {"images": encoded(some), "text": ["a", "b"], "fields": [{}, {}]}
    assert "not both" in served.json("/v1/classify", both).error
    assert "10,000" in form(served, some, [("text", "x" * 20_000)] * 2).error


def test_models_say_what_they_read(reading: tuple[Running, Pictures]) -> None:
    listed = reading[0].get("/v1/models").content["models"]
    assert [one["words"] for one in listed] == ["{title}", None]
