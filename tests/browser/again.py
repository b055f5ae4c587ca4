"""Print the modules of browser tests that failed: the tests of one build on each other."""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = "tests/browser/"
failed = Path(".pytest_cache/v/cache/lastfailed")
tests = json.loads(failed.read_text("utf-8")) if failed.exists() else {}
modules = sorted({name.split("::")[0] for name in tests if name.startswith(HERE)})
print(*modules)
sys.exit(not modules)
