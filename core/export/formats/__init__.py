"""The registry of export formats: every module of this package that has a `FORMAT` is one."""

import pkgutil
from importlib import import_module

from core.export.formats.base import ExportFormat
from core.export.layout import Layout
from core.export.options import ExportOptions
from core.export.plan import Plan


def _discover() -> dict[str, ExportFormat]:
    """All formats by name, in their order.

    Raises:
        ValueError: two have the same name.
    """
    modules = [import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    formats = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    formats.sort(key=lambda export_format: (export_format.order, export_format.name))
    by_name = {export_format.name: export_format for export_format in formats}
    if len(by_name) != len(formats):
        raise ValueError(f"two export formats have one name: {[part.name for part in formats]}")
    return by_name


FORMATS = _discover()
"""Name → format, in the order in which they are listed and written."""


def formats_of(options: ExportOptions) -> list[ExportFormat]:
    """The formats that the options ask for; their names must be checked."""
    return [FORMATS[name] for name in options.formats]


def has_tree(options: ExportOptions) -> bool:
    """Whether image files are written one by one."""
    return any(part.tree is not None for part in formats_of(options))


def layout_of(plan: Plan) -> Layout:
    """Where the formats of a plan put its image files."""
    parts = formats_of(plan.options)
    return Layout([part.tree(plan) for part in parts if part.tree is not None])


def reserved_names() -> frozenset[str]:
    """What the formats put at the top of an export, whether they are asked for or not."""
    return frozenset().union(*(part.own_names for part in FORMATS.values()))
