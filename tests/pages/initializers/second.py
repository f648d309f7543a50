"""The page `initializers` again: Philox's bits, Box and Muller's method, rejection for the cut
law, multiples of 2u for the uniform one."""

import math

import numpy as np

from nnspec.conformance.terms.formats import dtype_of


def _uniform(bits, count, dtype):
    """Return multiples of 2u of [0, 1), as generators in the format itself make them."""
    width = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}[dtype]
    return np.ldexp(
        (bits.random_raw(count) >> np.uint64(64 - width)).astype(np.float64), -width
    ).astype(dtype_of(dtype))


def _normal(bits, count, dtype):
    # Sixteen bits are too few for a tail: 1 - U is then never below 2⁻⁸, and the law ends at 3.3
    # standard deviations.
    wide = "float64" if dtype == "float64" else "float32"
    pairs = (count + 1) // 2
    radius = np.sqrt(-2 * np.log(1 - _uniform(bits, pairs, wide)))
    angle = 2 * np.pi * _uniform(bits, pairs, wide)
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count].astype(
        dtype_of(dtype)
    )


def _cut(bits, count, dtype):
    kept = np.zeros(0, dtype_of(dtype))
    while kept.size < count:
        drawn = _normal(bits, count, dtype)
        kept = np.concatenate([kept, drawn[np.abs(drawn) <= 2]])
    return kept[:count]


def _symmetric(bits, count, dtype):
    one = dtype_of(dtype).type(1)
    return (_uniform(bits, count, dtype) - one / (one + one)) * dtype_of(dtype).type(math.sqrt(12))


def _drawn(law, shape, variance, seed, dtype):
    # The deviation is rounded to the format before it multiplies.
    draws = law(np.random.Philox(seed), math.prod(shape), dtype)
    return (draws * dtype_of(dtype).type(math.sqrt(variance))).reshape(shape)


def _corrected(variance):
    return variance / (1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2)))


def _glorot(fan_in, fan_out):
    return 1 / ((fan_in + fan_out) / 2)


def _he(fan_in, negative_slope):
    return (math.sqrt(2 / (1 + negative_slope**2)) / math.sqrt(fan_in)) ** 2


def zeros(shape, *, dtype):
    return np.multiply(constant(shape, value=1.0, dtype=dtype), dtype_of(dtype).type(0))


def constant(shape, *, value, dtype):
    return np.broadcast_to(dtype_of(dtype).type(value), shape)


def normal(shape, *, std, seed, dtype):
    return _drawn(_normal, shape, std * std, seed, dtype)


def xavier_fan_in_normal(fan_in, fan_out, *, seed, dtype):
    return _drawn(_normal, (fan_in, fan_out), 1 / fan_in, seed, dtype)


def xavier_normal(fan_in, fan_out, *, seed, dtype):
    return _drawn(_normal, (fan_in, fan_out), _glorot(fan_in, fan_out), seed, dtype)


def xavier_uniform(fan_in, fan_out, *, seed, dtype):
    return _drawn(_symmetric, (fan_in, fan_out), _glorot(fan_in, fan_out), seed, dtype)


def xavier_truncated_normal(fan_in, fan_out, *, seed, dtype):
    return _drawn(_cut, (fan_in, fan_out), _corrected(_glorot(fan_in, fan_out)), seed, dtype)


def kaiming_normal(fan_in, fan_out, *, negative_slope, seed, dtype):
    return _drawn(_normal, (fan_in, fan_out), _he(fan_in, negative_slope), seed, dtype)


def kaiming_uniform(fan_in, fan_out, *, negative_slope, seed, dtype):
    return _drawn(_symmetric, (fan_in, fan_out), _he(fan_in, negative_slope), seed, dtype)


def kaiming_truncated_normal(fan_in, fan_out, *, negative_slope, seed, dtype):
    return _drawn(_cut, (fan_in, fan_out), _corrected(_he(fan_in, negative_slope)), seed, dtype)
