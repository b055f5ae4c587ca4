"""Packed layers give the numbers of the layers they replace."""

from __future__ import annotations

import pytest
import torch

from core.encoders import torchvision_compat

torchvision_compat.prepare()

from open_clip.transformer import ResidualAttentionBlock  # noqa: E402
from timm.layers import Attention, Mlp  # noqa: E402

from core.encoders.openclip.packed import pack  # noqa: E402


def same(model: torch.nn.Module, *inputs: torch.Tensor, layers: int) -> None:
    """That packing replaces ``layers`` layers and changes no output beyond rounding."""
    model.eval().requires_grad_(False)
    with torch.inference_mode():
        before = model(*inputs)
        assert pack(model) == layers
        after = model(*inputs)
    torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("batch", [1, 5])
def test_open_clips_blocks(batch_first: bool, masked: bool, batch: int) -> None:
    torch.manual_seed(0)
    block = ResidualAttentionBlock(64, 4, batch_first=batch_first).eval()
    shape = (batch, 7, 64) if batch_first else (7, batch, 64)
    mask = torch.full((7, 7), float("-inf")).triu(1) if masked else None
    call = torch.nn.Sequential(block)
    call.forward = lambda x: block(x, attn_mask=mask)  # type: ignore[method-assign]
    same(call, torch.randn(shape), layers=4)


def test_timms_blocks() -> None:
    torch.manual_seed(0)
    tokens = torch.randn(3, 9, 64)
    same(Mlp(64, 128), tokens, layers=2)
    same(Attention(64, num_heads=4, qkv_bias=True), tokens, layers=2)
    same(Attention(64, num_heads=4, qkv_bias=False, proj_bias=False), tokens, layers=2)


def test_cross_attention_keeps_its_layers() -> None:
    """Only its queries' own layers are packed: its attention looks at another sequence."""
    block = ResidualAttentionBlock(32, 2, is_cross_attention=True).eval().requires_grad_(False)
    other = torch.randn(2, 5, 32)
    call = torch.nn.Sequential(block)
    call.forward = lambda x: block(x, k_x=other, v_x=other)  # type: ignore[method-assign]
    same(call, torch.randn(2, 3, 32), layers=2)


def test_unknown_modules_are_left_alone() -> None:
    """They may look into their layers' weights."""
    assert pack(torch.nn.Sequential(torch.nn.Linear(4, 4))) == 0


def test_packing_does_not_keep_the_weights_twice() -> None:
    block = ResidualAttentionBlock(64, 4)
    pack(block.eval().requires_grad_(False))
    numbers = sum(parameter.numel() for parameter in block.parameters())
    assert numbers <= 4 * 64 + 64  # the layer norms; packed weights are no parameters


@pytest.mark.parametrize("batch_first", [True, False])
def test_a_mask_of_its_own_for_every_text(batch_first: bool) -> None:
    """As CoCa's text tower has it: one a text and a head."""
    torch.manual_seed(0)
    block = ResidualAttentionBlock(64, 4, batch_first=batch_first).eval()
    padding = torch.zeros(3 * 4, 7, 7)
    for text, length in enumerate([7, 4, 2]):
        padding[4 * text : 4 * text + 4, :, length:] = float("-inf")
    mask = padding + torch.full((7, 7), float("-inf")).triu(1)
    call = torch.nn.Sequential(block)
    call.forward = lambda x: block(x, attn_mask=mask)  # type: ignore[method-assign]
    same(call, torch.randn((3, 7, 64) if batch_first else (7, 3, 64)), layers=4)


@pytest.mark.parametrize("shape", [(7, 7), (3 * 4, 7, 7)])
def test_masks_of_truth_values_forbid(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    attention = torch.nn.MultiheadAttention(64, 4, batch_first=True)
    holder = ResidualAttentionBlock(64, 4)
    holder.attn = attention
    forbidden = torch.ones(7, 7, dtype=torch.bool).triu(1).expand(shape)
    call = torch.nn.Sequential(holder)
    call.forward = lambda x: holder.attn(  # type: ignore[method-assign]
        x, x, x, need_weights=False, attn_mask=forbidden
    )[0]
    same(call, torch.randn(3, 7, 64), layers=4)
