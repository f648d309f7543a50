"""A class of thirty students: `python -m tests.benchmarks.students FOLDER` writes their files.

Each has twelve operations as students write them. Most have slips, which are mistakes of the suite;
some leave operations out, one does not load, one hangs, one ends its process.
"""

import sys
from pathlib import Path

RIGHT = {
    "relu": """\
def relu(x):
    return np.maximum(x, 0)
""",
    "relu_vjp": """\
def relu_vjp(x, cotangent):
    return np.where(x > 0, cotangent, 0)
""",
    "sigmoid": """\
def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))
""",
    "sigmoid_vjp": """\
def sigmoid_vjp(x, cotangent):
    e = np.exp(-np.abs(x))
    s = np.where(x >= 0, 1 / (1 + e), e / (1 + e))
    return cotangent * s * (1 - s)
""",
    "softmax": """\
def softmax(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)
""",
    "softmax_vjp": """\
def softmax_vjp(x, cotangent, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    s = e / np.sum(e, axis=axis, keepdims=True)
    return s * (cotangent - np.sum(cotangent * s, axis=axis, keepdims=True))
""",
    "softmax_cross_entropy": """\
def softmax_cross_entropy(logits, targets):
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    total = np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return np.sum(np.where(targets == 0, 0, targets * (total - shifted)), axis=-1)
""",
    "softmax_cross_entropy_vjp": """\
def softmax_cross_entropy_vjp(logits, targets, cotangent):
    e = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    s = e / np.sum(e, axis=-1, keepdims=True)
    return (s * np.sum(targets, axis=-1, keepdims=True) - targets) * cotangent[..., None]
""",
    "linear": """\
def linear(x, weight, bias):
    return x @ weight + bias
""",
    "momentum": """\
def momentum(gradient, params, steps, learning_rate, momentum):
    rates = np.broadcast_to(learning_rate, (steps,)).tolist()
    velocity = [np.zeros_like(p) for p in params]
    for rate in rates:
        grads = gradient(params)
        velocity = [momentum * v + g for v, g in zip(velocity, grads)]
        params = [p - rate * v for p, v in zip(params, velocity)]
        yield params
""",
    "rmsprop": """\
def rmsprop(gradient, params, steps, learning_rate, decay, epsilon):
    rates = np.broadcast_to(learning_rate, (steps,)).tolist()
    squares = [np.zeros_like(p) for p in params]
    for rate in rates:
        grads = gradient(params)
        squares = [decay * r + (1 - decay) * g * g for r, g in zip(squares, grads)]
        params = [p - rate * g / (np.sqrt(r) + epsilon)
                  for p, g, r in zip(params, grads, squares)]
        yield params
""",
    "adam": """\
def adam(gradient, params, steps, learning_rate, beta1, beta2, epsilon):
    rates = np.broadcast_to(learning_rate, (steps,)).tolist()
    ms = [np.zeros_like(p) for p in params]
    vs = [np.zeros_like(p) for p in params]
    for t, rate in enumerate(rates, 1):
        grads = gradient(params)
        ms = [beta1 * m + (1 - beta1) * g for m, g in zip(ms, grads)]
        vs = [beta2 * v + (1 - beta2) * g * g for v, g in zip(vs, grads)]
        params = [p - rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
                  for p, m, v in zip(params, ms, vs)]
        yield params
""",
}

# A slip is a text and the text in its place.
SLIPS = {
    "relu": [("np.maximum(x, 0)", "np.abs(x)"), ("np.maximum(x, 0)", "np.minimum(x, 0)")],
    "relu_vjp": [("x > 0", "cotangent > 0"), ("np.where(x > 0, cotangent, 0)", "1.0 * (x > 0)")],
    "sigmoid": [
        ("np.where(x >= 0, 1 / (1 + e), e / (1 + e))", "1 / (1 + np.exp(x))"),
        ("np.where(x >= 0, 1 / (1 + e), e / (1 + e))", "0.5 * (np.tanh(x) + 1)"),
    ],
    "sigmoid_vjp": [("* (1 - s)", "* (1 + s)"), ("cotangent * s", "cotangent * x")],
    "softmax": [
        ("x - np.max(x, axis=axis, keepdims=True)", "x"),
        ("np.sum(e, axis=axis, keepdims=True)", "np.sum(e)"),
        ("axis=axis", "axis=-1"),
    ],
    "softmax_vjp": [
        ("s * (cotangent - np.sum(cotangent * s, axis=axis, keepdims=True))", "cotangent * s"),
        ("return s * (", "return s * (1 - s) * ("),
    ],
    "softmax_cross_entropy": [
        ("shifted = logits - np.max(logits, axis=-1, keepdims=True)", "shifted = logits"),
        ("return np.sum(", "return np.mean("),
        ("return np.sum(", "return -np.sum("),
    ],
    "softmax_cross_entropy_vjp": [
        (" * cotangent[..., None]", ""),
        ("s * np.sum(targets, axis=-1, keepdims=True) - targets", "targets - s"),
    ],
    "linear": [("x @ weight + bias", "x @ weight"), ("x @ weight + bias", "x @ weight - bias")],
    "momentum": [
        ("momentum * v + g", "momentum * v + (1 - momentum) * g"),
        ("p - rate * v", "p + rate * v"),
    ],
    "rmsprop": [
        ("np.sqrt(r) + epsilon", "np.sqrt(r + epsilon)"),
        ("(1 - decay) * g * g", "(1 - decay) * g"),
        ("decay * r + ", ""),
    ],
    "adam": [
        ("enumerate(rates, 1)", "enumerate(rates)"),
        ("(m / (1 - beta1**t))", "m"),
        ("np.sqrt(v / (1 - beta2**t)) + epsilon", "np.sqrt(v / (1 - beta2**t) + epsilon)"),
        ("beta2 * v + (1 - beta2) * g * g", "beta2 * v + (1 - beta2) * np.abs(g)"),
    ],
}

# What some students hand in beside or in place of a function.
HANGING = """\
def softmax(x, axis=-1):
    while True:
        pass
"""
LEAVING = """\
def linear(x, weight, bias):
    import os

    os._exit(1)
"""
UNFINISHED = "def relu(x):\n    return np.maximum(x, 0\n"
NAMED = 'name = "<script>alert(1)</script> | \\x1b[31mstudent01\\x1b[0m"\n\n\n'


def slipped(operation: str, number: int) -> str:
    """Return an operation with one of its slips."""
    old, new = SLIPS[operation][number % len(SLIPS[operation])]
    assert old in RIGHT[operation], (operation, old)
    return RIGHT[operation].replace(old, new)


def file(number: int) -> str:
    """Return the file of a student: number 1 has everything right, and each other its own slips."""
    operations = dict(RIGHT)
    names = list(RIGHT)
    # Nobody has more than four slips; half of the class has two at most.
    for slip in range(0 if number == 1 else number % 5):
        name = names[(5 * number + 7 * slip) % len(names)]
        operations[name] = slipped(name, number + slip)
    for missing in names[-(number % 4) :] if number % 7 == 0 and number % 4 else ():
        del operations[missing]
    operations |= {11: {"softmax": HANGING}, 17: {"linear": LEAVING}}.get(number, {})
    parts = [
        "import numpy as np\n\n\n",
        NAMED if number == 23 else "",
        "\n\n".join(operations.values()),
    ]
    return UNFINISHED if number == 13 else "".join(parts)


def write(folder: Path, count: int = 30) -> list[Path]:
    """Write the files of a class, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"student{number:02}.py" for number in range(1, count + 1)]
    for number, path in enumerate(paths, 1):
        path.write_text(file(number), encoding="utf-8")
    return paths


if __name__ == "__main__":
    write(Path(sys.argv[1]))
