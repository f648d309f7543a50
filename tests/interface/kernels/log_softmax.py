"""Log-softmax in Triton: one pass keeps the largest element and the sum of each lane."""

import torch
import triton
import triton.language as tl


@triton.jit
def log_softmax_kernel(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * n
    lanes = tl.arange(0, BLOCK)
    # Finite where a lane is empty, so that no difference of two infinities is NaN.
    lowest = -1e30
    top = tl.full([BLOCK], lowest, x_ptr.dtype.element_ty)
    total = tl.zeros([BLOCK], x_ptr.dtype.element_ty)
    for start in range(0, n, BLOCK):
        at = start + lanes
        x = tl.load(x_ptr + row + at, mask=at < n, other=float("-inf"))
        larger = tl.maximum(top, x)
        total = total * tl.exp(top - larger) + tl.exp(x - larger)
        top = larger
    largest = tl.max(top, axis=0)
    logarithm = tl.log(tl.sum(total * tl.exp(top - largest), axis=0))
    for start in range(0, n, BLOCK):
        at = start + lanes
        x = tl.load(x_ptr + row + at, mask=at < n)
        tl.store(y_ptr + row + at, (x - largest) - logarithm, mask=at < n)


def log_softmax(x: torch.Tensor, dim: int) -> torch.Tensor:
    rows = x.movedim(dim, -1).contiguous()
    y = torch.empty_like(rows)
    n = rows.shape[-1]
    if rows.numel():
        block = min(1024, triton.next_power_of_2(n))
        log_softmax_kernel[(rows.numel() // n,)](rows, y, n, BLOCK=block)
    return y.movedim(-1, dim)
