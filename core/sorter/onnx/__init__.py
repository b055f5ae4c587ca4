"""A sorter as one ONNX graph: pixels in, probabilities out, for programs without Winnow.

Nothing outside of this room's modules imports torch, onnx or onnxruntime for it; the modules that
do are imported when a graph is written.
"""
