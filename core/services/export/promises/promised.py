"""A plan with a promise on record, and what it takes back of earlier exports."""

from __future__ import annotations

from dataclasses import replace

from core.export.plan import Plan
from core.project.snapshot import Snapshot
from core.runtime.errors import WinnowError
from core.services.export.delta import exported
from core.services.export.promises import words
from core.services.export.promises.promise import Promise


def promised(snapshot: Snapshot, promise: Promise, whole: Plan, plan: Plan) -> Plan:
    """A plan with its promise, and what that withdraws.

    Args:
        whole: the plan of everything, which the promise speaks of.
        plan: the part of it that is written, or the same.
    """
    back, problem = withdrawn(snapshot, whole)
    lines = words.lines(promise) + words.withdrawn_lines(back)
    entry = promise.as_json() | {"withdrawn": back, "words": lines}
    notes = [*([problem] if problem else []), *plan.notes]
    return replace(plan, promise=entry, notes=notes)


def withdrawn(snapshot: Snapshot, plan: Plan) -> tuple[list[dict[str, str]], str | None]:
    """Files of earlier exports that lie in a class folder there and now go to review.

    Returns:
        ``path``, ``class`` and ``why`` of each, and a sentence where earlier exports cannot be
        read, so that nobody can tell.
    """
    try:
        before = exported(snapshot)
    except WinnowError as error:
        return [], f"What earlier exports hold cannot be told: {error}"
    if before is None:
        return [], None
    back = []
    for item in plan.items:
        earlier = before.files.get(item.assignment.path)
        if item.review and earlier is not None and not earlier.review:
            back.append({"path": earlier.path, "class": earlier.label, "why": item.reason or ""})
    return back, None
