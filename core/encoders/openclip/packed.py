"""Linear layers of a transformer on a CPU with their weights packed for oneDNN.

PyTorch hands float32 matrix products to MKL, which uses half of what AMD's processors can do, and
on Intel's packs the weights anew for every batch. oneDNN with weights packed once gives the same
numbers to float32 rounding. The operators are those that ``torch.compile`` emits for frozen models;
compiling itself would need a C++ compiler on the user's machine.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

_OPERATORS = ("_reorder_linear_weight", "_linear_pointwise")


def pack(model: nn.Module) -> int:
    """Replace the linear layers of open_clip's and timm's transformer blocks, in place.

    Only blocks whose code is known are touched: others may look into their layers' weights. The
    model must be in evaluation mode, in float32, on the CPU.

    Returns:
        The number of layers packed; 0 where this PyTorch is built without oneDNN.
    """
    from open_clip.transformer import ResidualAttentionBlock
    from timm.layers import Attention, Mlp

    if not torch.backends.mkldnn.is_available() or not all(
        hasattr(torch.ops.mkldnn, name) for name in _OPERATORS
    ):
        return 0
    packed = 0
    module: Any  # known by its exact type only, which the checker cannot follow
    for module in list(model.modules()):
        if type(module) is ResidualAttentionBlock:
            packed += _pack_children(module.mlp, ("c_fc", "c_proj"))
            if _plain(module.attn) and not hasattr(module, "ln_1_kv"):
                module.attn = _PackedSelfAttention(module.attn)
                packed += 2
        elif type(module) is Mlp:
            packed += _pack_children(module, ("fc1", "fc2"))
        elif type(module) is Attention:
            packed += _pack_children(module, ("qkv", "proj"))
    return packed


def _pack_children(module: nn.Module, names: tuple[str, ...]) -> int:
    packed = 0
    for name in names:
        layer = getattr(module, name)
        if type(layer) is nn.Linear:
            setattr(module, name, _PackedLinear(layer.weight, layer.bias))
            packed += 1
    return packed


class _PackedLinear(nn.Module):
    """``x @ weight.T + bias``."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        self._packed = torch.ops.mkldnn._reorder_linear_weight(weight.detach().contiguous())
        self._bias = None if bias is None else bias.detach()
        self.weight = torch.empty(0, dtype=weight.dtype)  # open_clip asks for its dtype

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., K) float32 as (..., N), for a weight of (N, K)."""
        result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            x.contiguous(), self._packed, self._bias, "none", [], ""
        )
        return result


def _plain(attention: nn.Module) -> bool:
    """Whether it is PyTorch's own attention with nothing added to queries, keys and values."""
    return (
        type(attention) is nn.MultiheadAttention
        and attention.in_proj_weight is not None
        and attention.bias_k is None
        and not attention.add_zero_attn
    )


class _PackedSelfAttention(nn.Module):
    """`nn.MultiheadAttention` in evaluation mode, of a sequence with itself, without weights."""

    def __init__(self, attention: nn.MultiheadAttention) -> None:
        super().__init__()
        self._heads = attention.num_heads
        self._batch_first = attention.batch_first
        self._qkv = _PackedLinear(attention.in_proj_weight, attention.in_proj_bias)
        self._out = _PackedLinear(attention.out_proj.weight, attention.out_proj.bias)

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        need_weights: bool = False,
        attn_mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, Any]:
        """(B, L, C) or, where the batch is not first, (L, B, C); returns the like and None."""
        if key is not query or value is not query or need_weights:
            raise ValueError("packed attention is for a sequence with itself, without weights")
        x = query if self._batch_first else query.transpose(0, 1)
        batch, length, width = x.shape
        heads = self._qkv(x).view(batch, length, 3, self._heads, width // self._heads)
        q, k, v = heads.permute(2, 0, 3, 1, 4)
        mask = _by_head(attn_mask, batch, self._heads)
        mixed = functional.scaled_dot_product_attention(q, k, v, mask)
        out = self._out(mixed.transpose(1, 2).reshape(batch, length, width))
        return (out if self._batch_first else out.transpose(0, 1)), None


def _by_head(mask: torch.Tensor | None, batch: int, heads: int) -> torch.Tensor | None:
    """A mask as `nn.MultiheadAttention` takes it, in the form of PyTorch's attention function.

    Args:
        mask: (L, L), or (B heads, L, L) where each text has its own, as in CoCa; numbers to add, or
            truth values that forbid where the function's own would allow.
    """
    if mask is None:
        return None
    if mask.dtype == torch.bool:
        mask = ~mask
    return mask if mask.dim() == 2 else mask.view(batch, heads, *mask.shape[1:])
