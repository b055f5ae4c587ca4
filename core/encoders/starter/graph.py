"""The starter's image tower in OpenVINO: four times as fast as in PyTorch on a CPU, or more.

The network is written down as a graph straight from the weights. That takes milliseconds and needs
neither timm nor a conversion by tracing, which takes seconds.
"""

from __future__ import annotations

import itertools
import sys
import threading
from typing import Any

import numpy as np

from core.encoders.starter.pixels import CENTRE, SCALE, SIDE
from core.encoders.starter.weights import State

_EPSILON = 1e-3  # of every batch norm
_HALVING = {1, 3, 5, 11}  # blocks that halve the resolution
_BLOCKS = 16
_AT_ONCE = 2  # images whose activations stay in a core's cache: 9 % faster than eight

# When two threads hand OpenVINO the first array of the process at the same time, one holds the
# interpreter's lock and waits for a static of its bindings, which the other is setting up and waits
# for the lock: the process stands still for ever. So one thread alone makes the first call.
_first = threading.Lock()


class GraphTower:
    """Pixels to pooled features and ImageNet logits, in full precision on the CPU."""

    def __init__(self, state: State, streams: int) -> None:
        """Compile the network.

        Args:
            state: the package's tensors, see `weights.read`.
            streams: calls that may run side by side, one thread each.

        Raises:
            ImportError: OpenVINO is not installed.
            RuntimeError: it cannot run here.
        """
        ov = _openvino()
        options = {
            "INFERENCE_PRECISION_HINT": "f32",  # else newer processors get 16-bit arithmetic
            "INFERENCE_NUM_THREADS": streams,
            "NUM_STREAMS": streams,
            "ENABLE_CPU_PINNING": False,  # decoding threads share these processors
        }
        with _first:
            self._compiled = ov.Core().compile_model(_network(ov, state), "CPU", options)
            self._requests = threading.local()
            self(np.zeros((1, SIDE, SIDE, 3), np.uint8))

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features (B, 1280) and logits (B, 1000), float32, of pixels (B, 224, 224, 3) uint8."""
        request = getattr(self._requests, "own", None)
        if request is None:
            request = self._requests.own = self._compiled.create_infer_request()
        batches = []
        for start in range(0, len(pixels), _AT_ONCE):
            some = np.ascontiguousarray(pixels[start : start + _AT_ONCE])
            request.infer([some], share_inputs=True)
            batches.append([request.get_output_tensor(i).data.copy() for i in range(2)])
        features, logits = (np.concatenate(parts) for parts in zip(*batches, strict=True))
        return features, logits


def _openvino() -> Any:
    """OpenVINO, imported so that it does not report its use to its makers.

    Importing it sends an event wherever the package ``openvino_telemetry`` is found; it does
    without when that cannot be imported.
    """
    absent = object()
    before = sys.modules.get("openvino_telemetry", absent)
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    try:
        import openvino
    finally:
        if before is absent:
            del sys.modules["openvino_telemetry"]
        else:
            sys.modules["openvino_telemetry"] = before  # type: ignore[assignment]
    return openvino


class _Builder:
    """Appends layers, taking convolutions with their batch norms from ``state`` in order."""

    def __init__(self, state: State) -> None:
        from openvino import opset13

        self.ops = opset13
        self._state = state
        self._names = (name for name, array in state.items() if array.ndim == 4)

    def conv(self, x: Any, stride: int = 1, relu: bool = True) -> Any:
        """The next convolution, its batch norm folded in, and ReLU6."""
        weight, bias = self._folded(next(self._names))
        layer = self.ops.convolution
        if weight.shape[1] == 1:  # a filter of its own for each channel
            layer, weight = self.ops.group_convolution, weight[:, :, None]
        y = layer(x, weight, [stride] * 2, [0, 0], [0, 0], [1, 1], auto_pad="same_upper")
        y = self.ops.add(y, bias.reshape(1, -1, 1, 1))
        return self.ops.clamp(y, 0.0, 6.0) if relu else y

    def _folded(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Weight and bias of a convolution and the batch norm that follows it."""
        following = itertools.islice(itertools.dropwhile(lambda n: n != name, self._state), 1, 5)
        gamma, beta, mean, variance = (self._state[n].astype(np.float64) for n in following)
        factor = gamma / np.sqrt(variance + _EPSILON)
        weight = self._state[name] * factor[:, None, None, None]
        return weight.astype(np.float32), (beta - mean * factor).astype(np.float32)


def _network(ov: Any, state: State) -> Any:
    """EfficientNet-Lite0 from uint8 pixels to (features, logits)."""
    build = _Builder(state)
    ops = build.ops
    pixels = ops.parameter([-1, SIDE, SIDE, 3], np.uint8)
    x = ops.transpose(ops.convert(pixels, "f32"), np.array([0, 3, 1, 2]))
    x = ops.multiply(ops.subtract(x, np.float32(CENTRE)), np.float32(1 / SCALE))
    x = build.conv(x, stride=2)
    channels = 32
    for block in range(_BLOCKS):
        stride = 2 if block in _HALVING else 1
        y = x if block == 0 else build.conv(x)  # widen; the first block does not
        y = build.conv(build.conv(y, stride), relu=False)
        wide = y.get_output_partial_shape(0)[1].get_length()
        x = ops.add(x, y) if stride == 1 and wide == channels else y
        channels = wide
    features = ops.reduce_mean(build.conv(x), np.array([2, 3]))
    logits = ops.matmul(features, state["_fc.weight"], False, True)
    logits = ops.add(logits, state["_fc.bias"].reshape(1, -1))
    return ov.Model([features, logits], [pixels], "efficientnet-lite0")
