"""Leaky ReLU in Triton; the slope comes in a tensor, for a number would have 32 bits."""

import torch
import triton
import triton.language as tl


@triton.jit
def leaky_relu_kernel(x_ptr, slope_ptr, y_ptr, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at, mask=at < n)
    slope = tl.load(slope_ptr)
    tl.store(y_ptr + at, tl.where(x < 0, slope * x, x), mask=at < n)


def leaky_relu(x: torch.Tensor, negative_slope: float) -> torch.Tensor:
    x = x.contiguous()
    y = torch.empty_like(x)
    slope = torch.tensor([negative_slope], dtype=x.dtype, device=x.device)
    if x.numel():
        leaky_relu_kernel[(triton.cdiv(x.numel(), 4096),)](x, slope, y, x.numel(), BLOCK=4096)
    return y
