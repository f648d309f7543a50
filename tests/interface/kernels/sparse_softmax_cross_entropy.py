"""Cross-entropy of logits with labels in Triton: log Σ e^(x − m) − (x[label] − m) by row."""

import torch
import triton
import triton.language as tl


@triton.jit
def cross_entropy_kernel(x_ptr, labels_ptr, y_ptr, m, n, ROWS: tl.constexpr, BLOCK: tl.constexpr):
    rows = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    first, lanes = rows[:, None] * n, tl.arange(0, BLOCK)[None, :]
    inside = rows[:, None] < m
    top = tl.full([ROWS, BLOCK], float("-inf"), x_ptr.dtype.element_ty)
    for start in range(0, n, BLOCK):
        mask = inside & (start + lanes < n)
        x = tl.load(x_ptr + first + start + lanes, mask=mask, other=float("-inf"))
        top = tl.maximum(top, x)
    largest = tl.max(top, axis=1)
    label = tl.load(labels_ptr + rows, mask=rows < m, other=0)
    chosen = tl.load(x_ptr + rows * n + label, mask=rows < m, other=0.0)
    total = tl.zeros([ROWS, BLOCK], x_ptr.dtype.element_ty)
    for start in range(0, n, BLOCK):
        mask = inside & (start + lanes < n)
        x = tl.load(x_ptr + first + start + lanes, mask=mask, other=float("-inf"))
        total += tl.where(mask, tl.exp(x - largest[:, None]), 0.0)
    loss = tl.log(tl.sum(total, axis=1)) - (chosen - largest)
    tl.store(y_ptr + rows, loss, mask=rows < m)


def sparse_softmax_cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    logits, labels = logits.contiguous(), labels.contiguous()
    y = torch.empty(logits.shape[:-1], dtype=logits.dtype, device=logits.device)
    if y.numel():
        m, n = y.numel(), logits.shape[-1]
        block = min(1024, triton.next_power_of_2(n))
        each = min(8192 // block, triton.next_power_of_2(m))
        grid = (triton.cdiv(m, each),)
        cross_entropy_kernel[grid](logits, labels, y, m, n, ROWS=each, BLOCK=block)
    return y
