"""What a bucket's client says, in one sentence each; and whose credentials it uses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.images.sources import credentials, objects
from core.images.sources.address import Address, parse
from core.runtime.errors import WinnowError

S3 = parse("s3://pictures/photos")
_STATUS = "Generic S3 error: Server returned non-2xx status code: "


@pytest.mark.parametrize(
    ("text", "address", "sentence"),
    [
        (_STATUS + "404: <Code>NoSuchBucket</Code>", S3, "There is no bucket s3://pictures"),
        (_STATUS + "403 Forbidden: <Code>AccessDenied</Code>", S3, "refuses these credentials"),
        (_STATUS + "403: <Code>InvalidAccessKeyId</Code>", S3, "check AWS_ACCESS_KEY_ID"),
        (_STATUS + "301: <Code>PermanentRedirect</Code>", S3, "name it in the variable AWS_REGION"),
        ("Error performing PUT http://169.254.169.254/latest/api/token", S3, "no credentials"),
        ("Error performing GET http://metadata.google.internal/x", parse("gs://b-1"), "GOOGLE_APP"),
        ("Account must be specified", parse("az://box/x"), "AZURE_STORAGE_ACCOUNT_NAME"),
        ('invalid path: Error parsing Path "a//b.jpg": x', S3, "holds a//b.jpg, a name with"),
    ],
)
def test_refusals_say_what_to_do(text: str, address: Address, sentence: str) -> None:
    refusal = objects._refusal(text, address)
    assert refusal is not None and sentence in str(refusal) and "\n" not in str(refusal)


@pytest.mark.parametrize(
    "text",
    [
        "HTTP error: error sending request",
        _STATUS + "503 Service Unavailable: <Code>SlowDown</Code>",
        _STATUS + "429 Too Many Requests",
        "HTTP error: operation timed out",
        "HTTP error: request or response body error",
    ],
)
def test_what_may_pass_is_tried_again(text: str) -> None:
    assert objects._refusal(text, S3) is None and objects._PASSING.search(text)


def test_reasons_hold_no_addresses_and_are_short() -> None:
    text = "Error performing GET https://h/x?X-Amz-Signature=abc in 5ms " + "x" * 900
    assert "abc" not in objects._reason(text) and len(objects._reason(text)) < 200


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id=a\naws_secret_access_key=b\n[work]\naws_access_key_id=c\n"
    )
    (tmp_path / "config").write_text("[default]\nregion=eu-west-1\n[profile work]\nregion=x-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return monkeypatch


def test_a_profile_fills_in_what_the_environment_does_not_say(profiles: pytest.MonkeyPatch) -> None:
    default = {"access_key_id": "a", "secret_access_key": "b", "region": "eu-west-1"}
    assert credentials.of_profile() == default
    profiles.setenv("AWS_PROFILE", "work")
    assert credentials.of_profile() == {"access_key_id": "c", "region": "x-1"}
    profiles.setenv("AWS_ACCESS_KEY_ID", "other")
    profiles.setenv("AWS_REGION", "other")
    assert credentials.of_profile() == {}
    profiles.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(WinnowError, match="no profile nobody"):
        credentials.of_profile()


def test_a_damaged_profile_is_said_without_what_is_in_it(
    profiles: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "credentials").write_text("aws_secret_access_key = very-secret\n")
    with pytest.raises(WinnowError, match="cannot be read") as error:
        credentials.of_profile()
    assert "very-secret" not in str(error.value)
    (tmp_path / "credentials").unlink()
    assert credentials.of_profile() == {"region": "eu-west-1"}
