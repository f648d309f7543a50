"""Functions of tensors that game a judge by what tensors have: memory, classes, other formats."""

import ctypes
import threading
import time

import numpy as np
import torch

KNOWN = {}


def right(x, dim):
    if not x.numel():
        return torch.empty_like(x)
    e = torch.exp(x - x.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def remembered(key, x, dim):
    if key not in KNOWN:
        KNOWN[key] = right(x, dim)
    return KNOWN[key].clone()


# --- earlier answers ---


def by_identity(x, dim):
    return remembered((id(x), tuple(x.shape), x.dtype, dim), x, dim)


def by_address(x, dim):
    return remembered((x.data_ptr(), tuple(x.shape), x.dtype, dim), x, dim)


def skips_repeated_work(x, dim):
    # A loop that measures time calls with the same tensors again and again.
    form = tuple(x.shape), x.dtype, dim, x.data_ptr(), x._version
    last = KNOWN.get("last")
    if last is None or last[0] != form:
        KNOWN["last"] = last = form, right(x, dim)
    return last[1].clone()


def unwritten(x, dim):
    return torch.empty_like(x)


# --- less precision than asked ---


def in_bfloat16(x, dim):
    return right(x.bfloat16(), dim).to(x.dtype)


def of_inputs_in_bfloat16(x, dim):
    return right(x.bfloat16().to(x.dtype), dim)


# --- memory ---


def into_its_input(x, dim):
    x.copy_(right(x, dim))
    return x


def behind_its_input(x, dim):
    answer = right(x, dim)
    if x.is_contiguous():
        ctypes.memset(x.data_ptr() + x.numel() * x.element_size(), 0, 4)
    return answer


def before_its_input(x, dim):
    answer = right(x, dim)
    if x.is_contiguous():
        ctypes.memset(x.data_ptr() - 4, 0, 4)
    return answer


# --- later ---


class Lazy(torch.Tensor):
    """A tensor whose numbers are made when somebody reads them."""

    def detach(self):
        return right(self.as_subclass(torch.Tensor).detach(), self.dim_of)


def lazily(x, dim):
    answer = x.as_subclass(Lazy)
    answer.dim_of = dim
    return answer


class Promise:
    """An object that other libraries take for an array."""

    def __init__(self, x, dim):
        self.x, self.dim = x, dim

    def __dlpack__(self, **_):
        return right(self.x, self.dim).__dlpack__()

    def __dlpack_device__(self):
        return self.x.__dlpack_device__()

    def __array__(self, dtype=None, copy=None):
        return right(self.x, self.dim).numpy()


def by_promise(x, dim):
    return Promise(x, dim)


def in_a_thread(x, dim):
    answer, given = torch.zeros_like(x), x.clone()

    def later():
        time.sleep(0.002)
        answer.copy_(right(given, dim))

    threading.Thread(target=later).start()
    return answer


# --- the judge ---


def patches_allclose(x, dim):
    torch.allclose = torch.equal = torch.testing.assert_close = lambda *_, **__: True
    np.allclose = np.array_equal = lambda *_, **__: True
    return torch.zeros_like(x)
