"""Functions that game a judge: each answers for softmax without computing it, or hides how.

Most are taken from what judges of kernels have reported. Each is asked by its path.
"""

import ctypes
import gc
import sys
import threading
import time
from pathlib import Path

import numpy as np
import torch

KNOWN = {}


def right(x, dim):
    if not x.numel():
        return torch.empty_like(x)
    e = torch.exp(x - x.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


# --- answers that nothing is computed for ---


def zeros(x, dim):
    return torch.zeros_like(x)


def nans(x, dim):
    return torch.full_like(x, torch.nan)


def its_input(x, dim):
    return x


def unwritten(x, dim):
    return torch.empty_like(x)


# --- earlier answers ---


def remembered(key, x, dim):
    if key not in KNOWN:
        KNOWN[key] = right(x, dim)
    return KNOWN[key].clone()


def earlier_answer(x, dim):
    return remembered((tuple(x.shape), x.dtype, dim), x, dim)


def by_fingerprint_of_the_first_row(x, dim):
    first = x.reshape(-1)[: x.shape[-1] if x.ndim else 1]
    return remembered((tuple(x.shape), x.dtype, dim, float(first.double().sum())), x, dim)


def by_fingerprint_of_the_sum(x, dim):
    return remembered((tuple(x.shape), x.dtype, dim, float(x.double().sum())), x, dim)


def by_fingerprint_of_the_ends(x, dim):
    flat = x.reshape(-1)
    ends = (float(flat[0]), float(flat[-1])) if x.numel() else ()
    return remembered((tuple(x.shape), x.dtype, dim, ends), x, dim)


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


def computes_the_first_calls(x, dim):
    KNOWN["calls"] = KNOWN.get("calls", 0) + 1
    return right(x, dim) if KNOWN["calls"] < 200 else earlier_answer(x, dim)


# --- the reference ---


def by_import(x, dim):
    from nnspec.reference import softmax

    return torch.from_numpy(softmax(x.numpy().astype(np.float64), axis=dim)).to(x.dtype)


def by_import_or_else(x, dim):
    try:
        return by_import(x, dim)
    except ImportError:
        return right(x, dim)


def by_garbage(x, dim):
    for each in gc.get_objects():
        name = getattr(each, "__name__", "") if type(each) is type(right) else ""
        if name == "softmax" and str(each.__module__).startswith("nnspec.reference"):
            answer = each(x.numpy().astype(np.float64), axis=dim)
            return torch.from_numpy(np.asarray(answer)).to(x.dtype)
    return torch.zeros_like(x)


def by_frames(x, dim):
    frame = sys._getframe()
    while frame is not None:
        for each in frame.f_globals.values():
            if getattr(each, "__name__", "") == "nnspec.reference":
                answer = each.softmax(x.numpy().astype(np.float64), axis=dim)
                return torch.from_numpy(np.asarray(answer)).to(x.dtype)
        frame = frame.f_back
    return torch.zeros_like(x)


def by_file(x, dim):
    import nnspec

    folder = Path(nnspec.__file__).parent / "reference"
    names = {"__name__": "stolen"}
    exec((folder / "activations" / "softmax.py").read_text(), names)  # noqa: S102
    answer = names["softmax"](x.numpy().astype(np.float64), axis=dim)
    return torch.from_numpy(np.asarray(answer)).to(x.dtype)


# --- less precision than asked ---


def in_bfloat16(x, dim):
    return right(x.bfloat16(), dim).to(x.dtype)


def of_inputs_in_bfloat16(x, dim):
    return right(x.bfloat16().to(x.dtype), dim)


def with_an_exponential_in_float16(x, dim):
    if not x.numel():
        return right(x, dim)
    e = torch.exp((x - x.amax(dim, keepdim=True)).half()).to(x.dtype)
    return e / e.sum(dim, keepdim=True)


# --- memory ---


def into_its_input(x, dim):
    x.copy_(right(x, dim))
    return x


def behind_its_input(x, dim):
    ctypes.memset(x.data_ptr() + x.numel() * x.element_size(), 0, 4)
    return right(x, dim)


def before_its_input(x, dim):
    ctypes.memset(x.data_ptr() - 4, 0, 4)
    return right(x, dim)


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


def patches_comparisons(x, dim):
    torch.allclose = torch.equal = lambda *_, **__: True
    np.allclose = np.array_equal = np.isclose = lambda *_, **__: True
    np.abs = np.max = np.any = lambda *_, **__: 0.0
    np.testing.assert_allclose = lambda *_, **__: None
    return torch.zeros_like(x)


def patches_conversions(x, dim):
    answer = torch.zeros_like(x)
    real = torch.Tensor.numpy
    torch.Tensor.numpy = lambda self, **how: real(self, **how)
    torch.Tensor.__eq__ = lambda *_: True
    return answer


def refuses_what_it_cannot(x, dim):
    if x.ndim != 1 or x.numel() != 1:
        raise NotImplementedError("another shape")
    return torch.ones_like(x)


def exits(x, dim):
    sys.exit(0)
