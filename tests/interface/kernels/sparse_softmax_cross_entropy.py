"""Cross-entropy of logits with labels in Triton: log Σ e^(x − m) − (x[label] − m) of each row."""

import torch
import triton
import triton.language as tl


@triton.jit
def cross_entropy_kernel(x_ptr, labels_ptr, y_ptr, n, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    lanes = tl.arange(0, BLOCK)
    top = tl.full([BLOCK], float("-inf"), x_ptr.dtype.element_ty)
    for start in range(0, n, BLOCK):
        at = start + lanes
        top = tl.maximum(top, tl.load(x_ptr + row * n + at, mask=at < n, other=float("-inf")))
    largest = tl.max(top, axis=0)
    chosen = tl.load(x_ptr + row * n + tl.load(labels_ptr + row))
    total = tl.zeros([BLOCK], x_ptr.dtype.element_ty)
    for start in range(0, n, BLOCK):
        at = start + lanes
        total += tl.exp(tl.load(x_ptr + row * n + at, mask=at < n, other=float("-inf")) - largest)
    tl.store(y_ptr + row, tl.log(tl.sum(total, axis=0)) - (chosen - largest))


def sparse_softmax_cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    logits, labels = logits.contiguous(), labels.contiguous()
    y = torch.empty(logits.shape[:-1], dtype=logits.dtype, device=logits.device)
    n = logits.shape[-1]
    if y.numel():
        block = min(1024, triton.next_power_of_2(n))
        cross_entropy_kernel[(y.numel(),)](logits, labels, y, n, BLOCK=block)
    return y
