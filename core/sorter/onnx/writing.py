"""From a torch module to an ONNX file that says what it takes and gives."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx
import torch
from torch import nn

import core
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    from core.sorter.schema import Content

OPSET = 18
"""Of ONNX: what runtimes of 2023 and later take."""
LIMIT = 2_000_000_000
"""Bytes of numbers; a message of protobuf, which a file is, holds 2 GiB at most."""
INPUT, OUTPUTS = "pixels", ("probabilities", "vectors")


def write(
    graph: nn.Module, size: tuple[int, int], properties: Mapping[str, str], path: Path
) -> None:
    """Write a module as one ONNX file.

    Args:
        graph: from pixels (B, H, W, 3) uint8 to probabilities (B, K) and vectors (B, D) float32.
        size: H and W.
        properties: go into the file's metadata.

    Raises:
        WinnowError: it is too large for one file, or has an operation that ONNX does not.
        OSError: the file cannot be written.
    """
    count = sum(tensor.nbytes for tensor in graph.state_dict().values())
    if count > LIMIT:
        raise WinnowError(
            f"The graph would have {count / 1e9:.1f} GB and one ONNX file holds "
            f"{LIMIT / 1e9:.0f} GB: use a smaller model, or export without --onnx."
        )
    model = _traced(graph.eval(), size)
    _strip(model.graph)
    model.producer_name, model.producer_version = "Winnow", core.__version__
    onnx.helper.set_model_props(model, dict(properties))
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _traced(graph: nn.Module, size: tuple[int, int]) -> onnx.ModelProto:
    example = torch.zeros((2, *size, 3), dtype=torch.uint8)
    with warnings.catch_warnings(), torch.inference_mode(False), torch.no_grad():
        warnings.simplefilter("ignore")  # of the exporter about itself
        try:
            program: Any = torch.onnx.export(
                graph,
                (example,),
                input_names=[INPUT],
                output_names=list(OUTPUTS),
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
        except Exception as error:  # a tower may do anything, and the exporter has many errors
            reason = " ".join(str(error.__cause__ or error).split())[:200]
            raise WinnowError(
                f"The image tower cannot be written as ONNX ({type(error).__name__}: {reason}): "
                "use another model, or export without --onnx."
            ) from error
    model: onnx.ModelProto = program.model_proto
    return model


def _strip(graph: onnx.GraphProto) -> None:
    """Take off what the exporter notes: lines of source and paths of this machine among it."""
    parts = (graph.node, graph.value_info, graph.input, graph.output, graph.initializer)
    for part in (graph, *(part for of_kind in parts for part in of_kind)):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):  # looking at one that is not there would make it
                _strip(attribute.g)
            for inner in attribute.graphs:
                _strip(inner)


def properties_of(
    content: Content, size: tuple[int, int], preprocessing: Mapping[str, Any]
) -> dict[str, str]:
    """What a file says of itself; all but plain texts and numbers is JSON.

    Args:
        size: H and W of the pixels.
        preprocessing: how pixels are made of a picture.
    """
    encoder = content.encoder
    fields = {"spec", "identity", "title", "licence"}
    shape = {"layout": "NHWC", "height": size[0], "width": size[1], "channels": "RGB"}
    return {
        "winnow.version": core.__version__,
        "winnow.model": content.name,
        "winnow.created": content.created,
        "winnow.classes": json.dumps(content.names),
        "winnow.temperature": str(content.head.temperature),
        "winnow.encoder": json.dumps(encoder.model_dump(mode="json", include=fields)),
        "winnow.preprocessing": json.dumps(shape | dict(preprocessing), default=str),
    }
