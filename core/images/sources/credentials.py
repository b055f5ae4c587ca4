"""Credentials of S3 as other programs of Amazon's find them: environment, then a profile on disk.

They are handed to the client and kept nowhere else.
"""

from __future__ import annotations

import configparser
import os
from pathlib import Path

from core.runtime import inputs
from core.runtime.errors import WinnowError

_NAMES = {
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
    "region": "region",
    "endpoint_url": "endpoint",
}


def of_profile() -> dict[str, str]:
    """What the profile says (``AWS_PROFILE``, else default) that the environment does not.

    Raises:
        WinnowError: a profile is named that is not there, or a file cannot be read.
    """
    profile = os.environ.get("AWS_PROFILE", "default")
    values: dict[str, str] = {}
    sections = 0
    for variable, name, section in (
        ("AWS_CONFIG_FILE", "config", profile if profile == "default" else f"profile {profile}"),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials", profile),
    ):
        file = Path(os.environ.get(variable) or Path("~/.aws", name)).expanduser()
        parser = _parsed(file)
        if parser.has_section(section):
            sections += 1
            values |= {_NAMES[k]: v for k, v in parser.items(section) if k in _NAMES}
    if not sections and "AWS_PROFILE" in os.environ:
        raise WinnowError(
            f"There is no profile {profile} in ~/.aws: correct AWS_PROFILE or add the profile."
        )
    if "AWS_ACCESS_KEY_ID" in os.environ:  # never one half from each
        for name in ("access_key_id", "secret_access_key", "session_token"):
            values.pop(name, None)
    if {"AWS_REGION", "AWS_DEFAULT_REGION"} & os.environ.keys():
        values.pop("region", None)
    if {"AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AWS_ENDPOINT_URL_S3"} & os.environ.keys():
        values.pop("endpoint", None)
    return values


def _parsed(file: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(inputs.read_text(file))
    except FileNotFoundError:
        pass
    except (OSError, ValueError, configparser.Error) as error:
        why = type(error).__name__  # its text may repeat a line with a secret
        raise WinnowError(f"{file} cannot be read ({why}): repair it or move it away.") from None
    return parser
