"""Signing in: what must be right before the server starts, who somebody is, and who gets in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from core.project.project import Project
from core.runtime.errors import WinnowError
from core.services.people import roles
from core.ui.session import identity, session
from core.ui.shell import signing_in

WHOLE = {
    "redirect_uri": "http://localhost:{port}/oauth2callback",
    "cookie_secret": "s" * 32,
    "client_id": "a",
    "client_secret": "b",
    "server_metadata_url": "http://127.0.0.1:1/.well-known/openid-configuration",
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "secrets.toml"
    monkeypatch.setattr(config, "get_option", lambda name: [str(path)])
    monkeypatch.setattr(identity, "required", [])
    return path


def written(content: dict[str, str]) -> str:
    return "[auth]\n" + "\n".join(f'{key} = "{value}"' for key, value in content.items())


def test_without_the_file_or_the_section_nobody_has_to(file: Path) -> None:
    signing_in.check()
    file.write_text("[other]\nx = 1")
    signing_in.check()
    assert not identity.required


def test_whole_settings_have_people_sign_in(file: Path) -> None:
    file.write_text(written(WHOLE))
    signing_in.check()
    assert identity.required == [True]
    named = {key: WHOLE[key] for key in ("redirect_uri", "cookie_secret")}
    part = {key: value for key, value in WHOLE.items() if key not in named}
    file.write_text(written(named) + "\n" + written(part).replace("[auth]", "[auth.okta]"))
    signing_in.check()
    assert signing_in.providers(named | {"okta": part}) == ["okta"]


@pytest.mark.parametrize("lost", WHOLE)
def test_what_is_lacking_keeps_the_server_from_starting(file: Path, lost: str) -> None:
    file.write_text(written({key: value for key, value in WHOLE.items() if key != lost}))
    with pytest.raises(WinnowError, match=r"\[auth\] in .* (lacks|has no|names no)"):
        signing_in.check()


@pytest.mark.parametrize("text", ["[auth", 'auth = "x"', written(WHOLE | {"cookie_secret": "s"})])
def test_damaged_or_weak_settings_do_too(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(WinnowError):
        signing_in.check()


@pytest.mark.parametrize(
    ("user", "login"),
    [
        ({}, None),
        ({"is_logged_in": False, "email": "a@x.org"}, None),
        ({"is_logged_in": True, "email": "A@X.org", "sub": "1", "iss": "i"}, "a@x.org"),
        ({"is_logged_in": True, "email": "a@x.org", "email_verified": True}, "a@x.org"),
        (
            {"is_logged_in": True, "email": "a@x.org", "email_verified": False, "iss": "i",
             "sub": "1", "name": "Bo"},
            "i 1",
        ),
        ({"is_logged_in": True, "name": "Bo", "preferred_username": "bo"}, "unnamed account"),
    ],
)  # fmt: skip
def test_only_what_the_provider_vouches_for_counts(
    monkeypatch: pytest.MonkeyPatch, user: dict[str, Any], login: str | None
) -> None:
    monkeypatch.setattr(identity.st, "user", _User(user))
    assert identity.login() == login


class _User:
    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content

    def to_dict(self) -> dict[str, Any]:
        return self._content


def test_nothing_is_drawn_before_somebody_signs_in(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "required", [True])
    app.run()
    assert not app.exception
    assert any("Sign in to go on." in text.value for text in app.markdown)
    assert not app.title and not app.button


def test_an_account_has_the_name_and_the_role_of_the_list(
    app: AppTest, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    roles.add(project.workspace, "Bo", "owns")
    roles.add(project.workspace, "Ann", "labels", "ann@x.org")
    user = {"is_logged_in": True, "email": "Ann@x.org", "email_verified": True}
    monkeypatch.setattr(identity.st, "user", _User(user))
    app.session_state[session.ANNOTATOR] = "Bo"  # whatever was typed or remembered before
    app.run()
    assert not app.exception
    assert any(text.value == "Signed in as Ann" for text in app.caption)
    assert any("Ann labels here and cannot import" in box.value for box in app.info)
    user["email"] = "bo"  # nobody's login, whatever it looks like
    app.run()
    assert any("Bo" not in text.value and "Signed in as bo" in text.value for text in app.caption)
