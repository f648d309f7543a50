"""A softmax kernel with one fault each: of its mask, padding, shift, grid or precision."""

import torch
import triton
import triton.language as tl


@triton.jit
def faulty_kernel(x_ptr, y_ptr, m, n, FAULT: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr):
    rows = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    lanes = tl.arange(0, BLOCK)[None, :]
    at, mask = rows[:, None] * n + lanes, (rows[:, None] < m) & (lanes < n)
    padding = 0.0 if FAULT == "padding" else float("-inf")
    # A row reads on into the next one, up to the end of the block.
    seen = (at < m * n) if FAULT == "mask" else mask
    x = tl.load(x_ptr + at, mask=seen, other=padding)
    shift = 0.0 if FAULT == "shift" else tl.max(x, axis=1)[:, None]
    e = tl.exp(x - shift)
    if FAULT == "half":
        e = tl.exp((x - tl.max(x, axis=1)[:, None]).to(tl.float16).to(tl.float32))
    if FAULT == "tail":
        mask = mask & (lanes < n // 16 * 16)
    tl.store(y_ptr + at, e / tl.sum(e, axis=1)[:, None], mask=mask)


def asked(x, dim, fault):
    rows = x.movedim(dim, -1).contiguous()
    y = torch.zeros_like(rows)
    if rows.numel():
        n = rows.shape[-1]
        m = rows.numel() // n
        block = triton.next_power_of_2(n)
        each = min(max(8192 // block, 1), triton.next_power_of_2(m))
        grid = m // each if fault == "grid" else triton.cdiv(m, each)
        if grid:
            faulty_kernel[(grid,)](rows, y, m, n, FAULT=fault, ROWS=each, BLOCK=block)
    return y.movedim(-1, dim)


def padding_read_as_zero(x, dim):
    return asked(x, dim, "padding")


def no_shift(x, dim):
    return asked(x, dim, "shift")


def missing_mask(x, dim):
    return asked(x, dim, "mask")


def wrong_grid(x, dim):
    return asked(x, dim, "grid")


def tail_not_covered(x, dim):
    return asked(x, dim, "tail")


def exponential_in_float16(x, dim):
    return asked(x, dim, "half")


@triton.jit
def copy_kernel(x_ptr, y_ptr, n, FACTOR: tl.constexpr, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + at, mask=at < n)
    tl.store(y_ptr + at, x * FACTOR, mask=at < n)


def copied(x, factor):
    x = x.contiguous()
    y = torch.empty_like(x)
    if x.numel():
        grid = (triton.cdiv(x.numel(), 4096),)
        copy_kernel[grid](x, y, x.numel(), FACTOR=factor, BLOCK=4096)
    return y


def identity(x, dim):
    return copied(x, 1)


def zeros(x, dim):
    return copied(x, 0)
