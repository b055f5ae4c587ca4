"""What a server tells of itself: models, metrics, its own documentation; and its refusals."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from api.serving import Running
from prometheus_client.parser import text_string_to_metric_families

from core.sorter.model_file import read

Pictures = list[tuple[str, bytes]]


def test_a_model_tells_all_that_its_file_does(served: Running, file: Path) -> None:
    content = served.get("/v1/model").content
    sorter = read(file)
    assert content["card"] == sorter.card
    assert [part["name"] for part in content["classes"]] == sorter.names
    assert content["accuracy"]["low"] <= content["accuracy"]["value"]


def test_metrics_are_read_by_prometheus_and_count(served: Running, pictures: Pictures) -> None:
    def counted() -> dict[tuple[str, str], float]:
        text = served.get("/metrics").body.decode()
        return {
            (sample.name, ",".join(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    key = ("winnow_images_total", "colours,classified")
    before = counted().get(key, 0)
    served.form("/v1/classify", pictures[:3])
    for path in ("/a", "/b", "/v1/classify/c"):
        served.get(path)
    after = counted()
    assert after[key] == before + 3
    assert after["winnow_batch_images_sum", ""] >= 3
    paths = {labels.split(",")[0] for name, labels in after if name == "winnow_requests_total"}
    assert "/v1/classify" in paths and "other" in paths
    assert "/a" not in paths  # else anybody could make as many as they like


def test_the_document_names_every_route_and_its_page_asks_nobody(served: Running) -> None:
    document = served.get("/openapi.json").content
    assert document["openapi"].startswith("3.1")
    for path in ("/v1/classify", "/v1/search", "/v1/feedback", "/v1/models", "/health", "/metrics"):
        assert path in document["paths"], path
    body = document["paths"]["/v1/classify"]["post"]["requestBody"]["content"]
    assert set(body) == {"multipart/form-data", "application/json", "image/jpeg"}
    for path in ("/docs", "/docs.js", "/widget", "/widget.js", "/style.css"):
        reply = served.get(path)
        assert reply.status == 200
        text = re.sub(r"https://this\.server", "", reply.body.decode())  # in the example
        assert not re.search(r"(?:https?:)?//[a-z0-9]+\.[a-z]", text), path


@pytest.mark.parametrize(
    ("method", "path", "kind", "body", "status"),
    [
        ("GET", "/nothing", "", None, 404),
        ("GET", "/v1/classify", "", None, 405),
        ("POST", "/v1/classify?top=0", "image/png", b"x", 422),
        ("POST", "/v1/classify?top=many", "image/png", b"x", 422),
        ("POST", "/v1/classify?top=99999999999999999999", "image/png", b"x", 422),
        ("POST", "/v1/classify?model=%00", "image/png", b"x", 404),
        ("POST", "/v1/classify", "", b"x", 415),
        ("POST", "/v1/classify", "text/html", b"x", 415),
        ("POST", "/v1/classify", "image/png", b"", 422),
        ("POST", "/v1/classify", "multipart/form-data", b"x", 422),
        ("POST", "/v1/classify", "multipart/form-data; boundary=a", b"x", 422),
        ("POST", "/v1/classify", "multipart/form-data; boundary=a", b"--a--\r\n", 422),
        ("POST", "/v1/classify", "application/json", b"{", 422),
        ("POST", "/v1/classify", "application/json", b"[" * 100_000, 422),
        ("POST", "/v1/classify", "application/json", b'{"images": []}', 422),
        ("POST", "/v1/classify", "application/json", b'{"images": [1e999]}', 422),
        ("POST", "/v1/classify", "application/json", b'{"images": "QUJD"}', 422),
        ("POST", "/v1/classify", "application/json", b'{"images": ["\xff"]}', 422),
        ("POST", "/v1/classify", "application/json", b'{"images": ["not base64"]}', 422),
        ("POST", "/v1/classify", "application/json", b'{"images": [' + b"9" * 9_000 + b"]}", 422),
        ("POST", "/v1/feedback", "application/json", b"[]", 422),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_in_one_sentence(
    served: Running, method: str, path: str, kind: str, body: bytes | None, status: int
) -> None:
    reply = served.ask(method, path, body, {"Content-Type": kind} if kind else {})
    assert reply.status == status, reply.body
    assert reply.error
