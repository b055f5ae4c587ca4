"""How a name must look is said where it does not."""

from __future__ import annotations

import pytest
from encoders.conftest import sentence


@pytest.mark.parametrize("spec", ["hf-hub:", "hf-hub:onlyname", "hf-hub:a/b/c", "hf-hub:/x"])
def test_malformed_hub_names(spec: str) -> None:
    assert "hf-hub:ORG/NAME" in sentence(spec)
