"""A linear layer in Triton: x·W + b in tiles, each sum in the dtype of the inputs, without TF32."""

import torch
import triton
import triton.language as tl


@triton.jit
def linear_kernel(
    x_ptr, w_ptr, b_ptr, y_ptr, m, n, k,
    ROWS: tl.constexpr, COLUMNS: tl.constexpr, INNER: tl.constexpr,
):  # fmt: skip
    rows = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    columns = tl.program_id(1).to(tl.int64) * COLUMNS + tl.arange(0, COLUMNS)
    total = tl.zeros([ROWS, COLUMNS], x_ptr.dtype.element_ty)
    for start in range(0, k, INNER):
        inner = start + tl.arange(0, INNER)
        # An element outside is 0 in both factors: a product with 0 may be NaN otherwise.
        x_mask = (rows[:, None] < m) & (inner[None, :] < k)
        w_mask = (inner[:, None] < k) & (columns[None, :] < n)
        x = tl.load(x_ptr + rows[:, None] * k + inner[None, :], mask=x_mask, other=0.0)
        w = tl.load(w_ptr + inner[:, None] * n + columns[None, :], mask=w_mask, other=0.0)
        total += tl.dot(x, w, input_precision="ieee", out_dtype=total.dtype)
    total += tl.load(b_ptr + columns, mask=columns < n, other=0.0)[None, :]
    inside = (rows[:, None] < m) & (columns[None, :] < n)
    tl.store(y_ptr + rows[:, None] * n + columns[None, :], total, mask=inside)


def tile(length: int, most: int) -> int:
    return min(most, max(16, triton.next_power_of_2(length)))


def linear(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    x, weight, bias = x.contiguous(), weight.contiguous(), bias.contiguous()
    m, k, n = x.numel() // max(x.shape[-1], 1), x.shape[-1], weight.shape[-1]
    y = torch.empty((*x.shape[:-1], n), dtype=x.dtype, device=x.device)
    if y.numel():
        # A tile of each of the three matrices has 8,192 elements at most.
        columns = tile(n, 64 if m > 64 else 512)
        rows = tile(m, 8192 // columns)
        inner = tile(k, 8192 // max(rows, columns))
        grid = triton.cdiv(m, rows), triton.cdiv(n, columns)
        linear_kernel[grid](
            x, weight, bias, y, m, n, k, ROWS=rows, COLUMNS=columns, INNER=inner
        )  # fmt: skip
    return y
