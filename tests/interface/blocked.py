"""Functions of tensors that work in blocks, as kernels do: right ones, and ones with a fault."""

import torch

BLOCK = 16


def blocks(n):
    return [slice(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK)]


def as_rows(x, dim):
    return x.movedim(dim, -1).contiguous()


# --- right ---


def relu(x):
    return torch.where(x < 0, torch.zeros_like(x), x)


def leaky_relu(x, negative_slope):
    return torch.where(x < 0, negative_slope * x, x)


def sigmoid(x):
    e = torch.exp(-x.abs())
    return torch.where(x < 0, e, torch.ones_like(x)) / (1 + e)


def walked(rows):
    """Return the largest element of each row, and the sum of exponentials, in one walk."""
    top = torch.full(rows.shape[:-1], -torch.inf, dtype=rows.dtype)
    total = torch.zeros_like(top)
    for each in blocks(rows.shape[-1]):
        larger = torch.maximum(top, rows[..., each].amax(-1))
        first = torch.where(top == -torch.inf, torch.zeros_like(top), torch.exp(top - larger))
        total = total * first + torch.exp(rows[..., each] - larger[..., None]).sum(-1)
        top = larger
    return top[..., None], total[..., None]


def softmax(x, dim):
    rows = as_rows(x, dim)
    top, total = walked(rows)
    return (torch.exp(rows - top) / total).movedim(-1, dim)


def log_softmax(x, dim):
    rows = as_rows(x, dim)
    top, total = walked(rows)
    return ((rows - top) - total.log()).movedim(-1, dim)


def softmax_vjp(x, cotangent, dim):
    s, g = softmax(x, dim), cotangent
    return s * (g - (s * g).sum(dim, keepdim=True))


def sparse_softmax_cross_entropy(logits, labels):
    top, total = walked(logits)
    chosen = logits.gather(-1, labels[..., None])
    return (total.log() - (chosen - top)).squeeze(-1)


def linear(x, weight, bias):
    total = torch.zeros((*x.shape[:-1], weight.shape[-1]), dtype=x.dtype)
    for each in blocks(weight.shape[0]):
        total = total + x[..., each] @ weight[each]
    return total + bias


# --- with a fault ---


def padding_read_as_zero(x, dim):
    rows = as_rows(x, dim)
    padded = torch.nn.functional.pad(rows, (0, -rows.shape[-1] % BLOCK))
    e = torch.exp(padded - padded.amax(-1, keepdim=True)) if padded.numel() else padded
    answer = e / e.sum(-1, keepdim=True)
    return answer[..., : rows.shape[-1]].movedim(-1, dim)


def no_shift(x, dim):
    e = torch.exp(x)
    return e / e.sum(dim, keepdim=True)


def missing_mask(x, dim):
    # The last block of a row reads on into the next row.
    rows = as_rows(x, dim)
    n = rows.shape[-1]
    flat = rows.reshape(-1)
    width = n + (-n % BLOCK)
    padded = torch.nn.functional.pad(flat, (0, width), value=-torch.inf)
    starts = torch.arange(flat.numel() // max(n, 1)) * n
    read = padded[starts[:, None] + torch.arange(width)]
    e = torch.exp(read - read.amax(-1, keepdim=True)) if read.numel() else read
    answer = (e / e.sum(-1, keepdim=True))[:, :n]
    return answer.reshape(rows.shape).movedim(-1, dim)


def identity(x, dim):
    return x.clone()


def zeros(x, dim):
    return torch.zeros_like(x)


def wrong_grid(x, dim):
    # The grid is rounded down: the last rows are never computed.
    rows = as_rows(x, dim)
    flat = rows.reshape(-1, rows.shape[-1])
    done = len(flat) // 4 * 4
    answer = torch.zeros_like(flat)
    answer[:done] = torch.softmax(flat[:done], -1)
    return answer.reshape(rows.shape).movedim(-1, dim)


def tail_not_covered(x, dim):
    rows = as_rows(x, dim)
    answer = torch.softmax(rows, -1)
    answer[..., rows.shape[-1] // BLOCK * BLOCK :] = 0
    return answer.movedim(-1, dim)


def exponential_in_float16(x, dim):
    if not x.numel():
        return x.clone()
    e = torch.exp((x - x.amax(dim, keepdim=True)).half()).to(x.dtype)
    return e / e.sum(dim, keepdim=True)
