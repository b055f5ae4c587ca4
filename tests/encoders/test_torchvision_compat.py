"""torchvision beside a PyTorch that its operators were not built for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from core.encoders import torchvision_compat

ROOT = Path(torchvision_compat.__file__).parents[2]


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_torchvision_and_timm_import_afterwards() -> None:
    out = run(
        "from core.encoders import torchvision_compat as c\n"
        "first = c.prepare(); second = c.prepare()\n"
        "import torchvision, timm, gc\n"
        "gc.collect()\n"
        "import torch\n"
        "print(first == second, hasattr(torch.ops.torchvision, 'nms'))\n"
    )
    assert out.split() == ["True", "True"]


def test_nothing_is_declared_where_the_operators_load() -> None:
    """A torchvision that fits must keep its own operators: a second declaration is an error."""
    out = run(
        "from core.encoders import torchvision_compat as c\n"
        "c._library_loads = lambda: True\n"
        "print(c.prepare(), len(c._declared))\n"
    )
    assert out.split() == ["False", "0"]


def test_declaring_is_needed_exactly_when_the_import_fails() -> None:
    plain = subprocess.run(
        [sys.executable, "-c", "import torchvision"], capture_output=True, cwd=ROOT, check=False
    )
    out = run("from core.encoders import torchvision_compat as c\nprint(c.prepare())\n")
    assert out.strip() == str(plain.returncode != 0)
