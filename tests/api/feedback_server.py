"""A server that takes feedback, to be killed: ``feedback_server.py FILE WORKSPACE PORT``."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]

from colours import ColourEncoder  # noqa: E402

from core.api.app import Service  # noqa: E402
from core.api.limits import Traffic  # noqa: E402
from core.api.metrics import Metrics  # noqa: E402
from core.api.models import load_models  # noqa: E402
from core.api.server import run  # noqa: E402
from core.api.settings import Settings  # noqa: E402
from core.project.project import Project  # noqa: E402
from core.runtime.access.addresses import bind  # noqa: E402
from core.services.sorter.feedback import Feedback  # noqa: E402
from core.store.workspace import load  # noqa: E402

if __name__ == "__main__":
    file, workspace, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    settings, metrics, encoder = Settings(), Metrics(), ColourEncoder()
    models = load_models([file], lambda _: encoder, settings, metrics)
    service = Service(
        models, settings, metrics, Traffic(settings), Feedback(Project(load(workspace)))
    )
    run(service, bind("127.0.0.1", port), None, lambda _: None)
