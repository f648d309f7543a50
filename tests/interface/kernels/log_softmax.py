"""Log-softmax in Triton: one pass keeps the largest element and the sum of each lane."""

import torch
import triton
import triton.language as tl


@triton.jit
def log_softmax_kernel(x_ptr, y_ptr, m, n, ROWS: tl.constexpr, BLOCK: tl.constexpr):
    rows = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    first, lanes = rows[:, None] * n, tl.arange(0, BLOCK)[None, :]
    inside = rows[:, None] < m
    # A lane begins with its first element: the difference of two empty lanes would be NaN.
    mask = inside & (lanes < n)
    top = tl.load(x_ptr + first + lanes, mask=mask, other=float("-inf"))
    total = tl.where(mask, tl.full([ROWS, BLOCK], 1.0, x_ptr.dtype.element_ty), 0.0)
    for start in range(BLOCK, n, BLOCK):
        mask = inside & (start + lanes < n)
        x = tl.load(x_ptr + first + start + lanes, mask=mask, other=float("-inf"))
        larger = tl.maximum(top, x)
        kept = total * tl.exp(top - larger)
        total = tl.where(mask, kept + tl.exp(x - larger), total)
        top = tl.where(mask, larger, top)
    largest = tl.max(top, axis=1)[:, None]
    counts = inside & (lanes < n)
    parts = tl.where(counts, total * tl.exp(top - largest), 0.0)
    logarithm = tl.log(tl.sum(parts, axis=1))[:, None]
    for start in range(0, n, BLOCK):
        mask = inside & (start + lanes < n)
        x = tl.load(x_ptr + first + start + lanes, mask=mask)
        tl.store(y_ptr + first + start + lanes, (x - largest) - logarithm, mask=mask)


def log_softmax(x: torch.Tensor, dim: int) -> torch.Tensor:
    rows = x.movedim(dim, -1).contiguous()
    y = torch.empty_like(rows)
    if rows.numel():
        n = rows.shape[-1]
        m = rows.numel() // n
        block = min(1024, triton.next_power_of_2(n))
        each = min(8192 // block, triton.next_power_of_2(m))
        log_softmax_kernel[(triton.cdiv(m, each),)](rows, y, m, n, ROWS=each, BLOCK=block)
    return y.movedim(-1, dim)
