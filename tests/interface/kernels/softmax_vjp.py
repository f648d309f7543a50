"""The derivative of softmax in Triton: s·(ȳ − Σ s·ȳ), a tile holds a few whole rows."""

import torch
import triton
import triton.language as tl


@triton.jit
def softmax_vjp_kernel(x_ptr, g_ptr, out_ptr, m, n, ROWS: tl.constexpr, BLOCK: tl.constexpr):
    rows = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    lanes = tl.arange(0, BLOCK)[None, :]
    at, mask = rows[:, None] * n + lanes, (rows[:, None] < m) & (lanes < n)
    x = tl.load(x_ptr + at, mask=mask, other=float("-inf"))
    g = tl.load(g_ptr + at, mask=mask, other=0.0)
    e = tl.where(mask, tl.exp(x - tl.max(x, axis=1)[:, None]), 0.0)
    s = e / tl.sum(e, axis=1)[:, None]
    tl.store(out_ptr + at, s * (g - tl.sum(s * g, axis=1)[:, None]), mask=mask)


def softmax_vjp(x: torch.Tensor, cotangent: torch.Tensor, dim: int) -> torch.Tensor:
    rows = x.movedim(dim, -1).contiguous()
    g = cotangent.movedim(dim, -1).contiguous()
    out = torch.empty_like(rows)
    if rows.numel():
        n = rows.shape[-1]
        m = rows.numel() // n
        block = triton.next_power_of_2(n)
        if block > 2**20:
            raise NotImplementedError(f"a tile holds 2**20 elements of a row; got {n}")
        each = min(max(8192 // block, 1), triton.next_power_of_2(m))
        softmax_vjp_kernel[(triton.cdiv(m, each),)](rows, g, out, m, n, ROWS=each, BLOCK=block)
    return out.movedim(-1, dim)
