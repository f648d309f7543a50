"""Arrays of other libraries: NumPy arrays become theirs, and their answers become NumPy's.

PyTorch and JAX have conversions of their own, for they hold bfloat16. Any other library is asked by
the Python array API standard and DLPack. A library is imported by its user, or by name here.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.formats import dtype_of
from nnspec.conformance.terms.outcomes import Malformed

NUMPY = "numpy"

# Modules whose arrays are tried on a function that does not say which it takes, if they are loaded.
# The first of two names is that of the package.
_KNOWN = {
    "torch": "torch",
    "jax": "jax.numpy",
    "cupy": "cupy",
    "array_api_strict": "array_api_strict",
    "dpnp": "dpnp",
    "mlx": "mlx.core",
}

_WORDS = {NUMPY: "NumPy arrays", "torch": "torch tensors", "jax": "JAX arrays"}


@dataclass(frozen=True)
class Library:
    """A library of arrays: its package, and the two conversions of an array."""

    name: str
    inside: Callable[[NDArray[Any]], Any]
    outside: Callable[[Any], NDArray[Any]]
    device: str = ""

    @property
    def words(self) -> str:
        """The arrays of the library in words: `torch tensors on cuda`."""
        named = _WORDS.get(self.name, f"arrays of {self.name}")
        return f"{named} on {self.device}" if self.device else named


def library(name: str, device: str = "") -> Library:
    """Return the library of a package's name; raises ImportError if it is not installed.

    Only PyTorch's tensors are made on a device that is named. ValueError says so of any other.
    """
    if name == "torch":
        return _torch(device)
    if device:
        message = f"only torch tensors are put on a device by its name; {name} has its own default"
        raise ValueError(message)
    if name == NUMPY:
        return Library(NUMPY, lambda array: array, lambda array: array)
    return _jax() if name == "jax" else _standard(name)


def loaded() -> Iterator[str]:
    """Yield the packages of known libraries that somebody has imported, NumPy first."""
    yield NUMPY
    yield from (name for name, module in _KNOWN.items() if module in sys.modules)


def package_of(value: Any) -> str:
    """Return the package whose array a value is, "" if it is no array."""
    root = type(value).__module__.partition(".")[0]
    if isinstance(value, (np.ndarray, np.generic)):
        return NUMPY
    if root == "torch":
        return root if isinstance(value, sys.modules["torch"].Tensor) else ""
    if root in ("jax", "jaxlib"):
        return "jax"
    return root if hasattr(value, "__array_namespace__") or hasattr(value, "__dlpack__") else ""


def outside(value: Any) -> NDArray[Any]:
    """Return an array of any library as one of NumPy."""
    name = package_of(value)
    found = (_torch("") if name == "torch" else _jax() if name == "jax" else None) or _standard("")
    return found.outside(value)


def expect_plain(answer: Any, name: str) -> None:
    """Raise Malformed for an answer whose numbers code of its own may make later.

    An array is plain if it is one of the library of this name or of NumPy, and of no class derived
    from that library's.
    """
    if isinstance(answer, (list, tuple)):
        for each in answer:
            expect_plain(each, name)
        return
    package = package_of(answer)
    module = type(answer).__module__.partition(".")[0]
    theirs = {NUMPY: (NUMPY, "ml_dtypes"), "jax": ("jax", "jaxlib")}.get(package, (package,))
    if package and (package not in (NUMPY, name) or module not in theirs or _is_derived(answer)):
        kind = f"{type(answer).__module__}.{type(answer).__name__}"
        message = f"the answer is a {kind}, which may compute later; a plain array was needed"
        raise Malformed(message)


def _is_derived(value: Any) -> bool:
    """Say whether a tensor is neither plain nor a parameter, or an array is of a derived class."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return type(value) not in (torch.Tensor, torch.nn.Parameter)
    return isinstance(value, np.ndarray) and type(value) is not np.ndarray


def _torch(device: str) -> Library:
    torch = import_module("torch")

    def inside(array: NDArray[Any]) -> Any:
        # torch takes strided memory, but neither negative strides nor memory that it must not write
        # to.
        if not array.flags.writeable or min(array.strides, default=0) < 0:
            array = array.copy()
        # NumPy has no bfloat16 of its own: the bits travel as int16.
        foreign = array.dtype.name == "bfloat16"
        bits = torch.from_numpy(array.view(np.int16) if foreign else array)
        found = bits.view(torch.bfloat16) if foreign else bits
        return found.to(device) if device else found

    def back(answer: Any) -> NDArray[Any]:
        answer = answer.detach().cpu()
        if answer.dtype == torch.bfloat16:
            bits: NDArray[Any] = answer.view(torch.int16).numpy()
            return bits.view(dtype_of("bfloat16"))
        plain: NDArray[Any] = answer.numpy()
        return plain

    return Library("torch", inside, back, device)


def _jax() -> Library:
    jnp = import_module("jax.numpy")

    def inside(array: NDArray[Any]) -> Any:
        found = jnp.array(array)
        if found.dtype != array.dtype and array.dtype.kind != "i":
            message = (
                f"JAX holds no {array.dtype.name}: jax.config.update('jax_enable_x64', True) "
                "lets it"
            )
            raise NotImplementedError(message)
        return found

    return Library("jax", inside, np.asarray)


def _standard(name: str) -> Library:
    """Return a library by the array API standard; without a name it only hands arrays back."""

    def inside(array: NDArray[Any]) -> Any:
        # A copy: the standard has no memory that must not be written to.
        return import_module(_KNOWN.get(name, name)).asarray(array.copy())

    def back(answer: Any) -> NDArray[Any]:
        if hasattr(answer, "to_device") and str(getattr(answer, "device", "cpu")).lower() != "cpu":
            # It may be a CPU of another name.
            with suppress(ValueError):
                answer = answer.to_device("cpu")
        try:
            return np.from_dlpack(answer)
        except (TypeError, ValueError, AttributeError, BufferError, RuntimeError):
            return np.asarray(answer)

    return Library(name, inside, back)
