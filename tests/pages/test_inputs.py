"""Inputs are computed by operations that have one result: no last bit is a processor's."""

import ast
import math
from pathlib import Path

import numpy as np
import pytest

from nnspec.conformance.pages.layouts import product, signs
from nnspec.conformance.terms.formats import FORMATS

PAGES = Path(__file__).parents[2] / "conformance/pages"

# Every module of which an input is made.
MODULES = {
    path.relative_to(PAGES).as_posix(): path
    for path in (
        *PAGES.glob("*/inputs.py"),
        *PAGES.glob("*/inputs/*.py"),
        PAGES / "steps/courses.py",
        PAGES / "layouts.py",
        PAGES / "vectors.py",
    )
}

# The functions of NumPy whose result IEEE 754 or the integers prescribe.
EXACT = {
    *("abs", "add", "bitwise_and", "ceil", "copysign", "divide", "floor", "ldexp", "maximum"),
    *("minimum", "mod", "multiply", "negative", "nextafter", "sign", "signbit", "spacing", "sqrt"),
    *("square", "subtract", "isfinite", "isnan", "logical_and", "logical_not", "logical_or"),
}
# Of the others these are no functions of elements, and what they call is compiled.
COMPILED = {
    *("linalg", "random", "fft", "polynomial", "dot", "inner", "matmul", "vdot", "tensordot"),
    *("einsum", "kron", "convolve", "correlate", "cov", "corrcoef", "interp", "geomspace"),
    *("logspace", "trapezoid", "std", "var", "sinc", "i0", "real_if_close", "unwrap"),
}


def inexact(name: str) -> bool:
    """Say whether the last bit of a function of NumPy may differ from machine to machine."""
    return name in COMPILED or (isinstance(getattr(np, name, None), np.ufunc) and name not in EXACT)


def depending(tree: ast.AST) -> list[str]:
    """Return the lines and the expressions whose last bit may depend on the machine."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=ast.MatMult()):
                found.append((node, "@"))
            # A power of two is exact in every library; another power is what `pow` makes of it.
            case ast.BinOp(left=ast.Constant(value=(2 | 10)), op=ast.Pow()):
                continue
            case ast.BinOp(op=ast.Pow()):
                found.append((node, "**"))
            case ast.Attribute(value=ast.Name(id="np"), attr=name) if inexact(name):
                found.append((node, f"np.{name}"))
            case ast.Attribute(value=ast.Name(id="math"), attr=name) if name not in (
                *("prod", "sqrt", "inf", "nan", "ldexp", "frexp", "fsum", "ceil", "floor", "comb"),
            ):
                found.append((node, f"math.{name}"))
            case ast.Attribute(attr=("dot" | "std" | "var") as name):
                found.append((node, f".{name}"))
            case ast.ImportFrom(module=("math" | "numpy" | "scipy" | "random")):
                found.append((node, f"from {node.module}"))
    return [f"line {node.lineno}: {what}" for node, what in found]


@pytest.mark.parametrize("module", MODULES)
def test_no_input_is_computed_by_what_depends_on_the_machine(module: str) -> None:
    assert depending(ast.parse(MODULES[module].read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "a @ b",
        "np.exp(x)",
        "np.power(x, 3)",
        "x ** 3",
        "(-1.0) ** np.arange(4)",
        "np.linalg.qr(x)",
        "np.random.default_rng(1)",
        "x.dot(y)",
        "math.log(2)",
        "from math import exp",
        "np.log2(x)",
    ],
)
def test_what_depends_on_the_machine_is_told(line: str) -> None:
    assert len(depending(ast.parse(line))) == 1


def test_what_has_one_result_is_not_told() -> None:
    line = "np.sqrt(2.0**-3 * x) / math.prod(shape) + np.ldexp(1.0, k) - np.square(10**4)"
    assert depending(ast.parse(line)) == []


def test_powers_of_two_are_exact() -> None:
    for exponent in range(-1074, 1024):
        assert 2.0**exponent == math.ldexp(1.0, exponent)


def test_a_product_is_rounded_term_by_term_in_order() -> None:
    third = 1 / 3
    first = np.array([[third, 1.0, -third], [0.1, 0.2, 0.3]])
    second = np.array([[third, -1.0], [0.7, 0.1], [third, 5.0]])
    for row, column in np.ndindex(2, 2):
        total = 0.0
        for left, right in zip(first[row], second[:, column], strict=True):
            total += float(left) * float(right)
        assert product(first, second)[row, column] == total
        assert product(first, second[:, column])[row] == total
    # A kernel that fuses has the rounding error of third², which is not zero.
    assert product(np.array([[third, -1.0]]), np.array([third, third * third])) == [0.0]


def test_signs_alternate() -> None:
    assert signs(5).tolist() == [1.0, -1.0, 1.0, -1.0, 1.0]


@pytest.mark.parametrize("name", FORMATS)
def test_the_largest_exponent_is_that_of_the_largest_number(name: str) -> None:
    fmt = FORMATS[name]
    assert math.frexp(fmt.maximum)[1] == fmt.maximum_exponent + 1
