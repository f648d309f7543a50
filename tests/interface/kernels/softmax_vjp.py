"""The derivative of softmax in Triton: s·(ȳ − Σ s·ȳ), from the input, a program for each row."""

import torch
import triton
import triton.language as tl


@triton.jit
def softmax_vjp_kernel(x_ptr, g_ptr, out_ptr, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * n
    at = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + row + at, mask=at < n, other=float("-inf"))
    g = tl.load(g_ptr + row + at, mask=at < n, other=0.0)
    e = tl.exp(x - tl.max(x, axis=0))
    s = e / tl.sum(e, axis=0)
    tl.store(out_ptr + row + at, s * (g - tl.sum(s * g, axis=0)), mask=at < n)


def softmax_vjp(x: torch.Tensor, cotangent: torch.Tensor, dim: int) -> torch.Tensor:
    rows = x.movedim(dim, -1).contiguous()
    g = cotangent.movedim(dim, -1).contiguous()
    out = torch.empty_like(rows)
    n = rows.shape[-1]
    if n > 2**20:
        raise ValueError(f"a block holds a row of 2**20 elements at most; got {n}")
    if rows.numel():
        block = triton.next_power_of_2(n)
        softmax_vjp_kernel[(rows.numel() // n,)](rows, g, out, n, BLOCK=block)
    return out.movedim(-1, dim)
