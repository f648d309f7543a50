"""The activations that are neither exact nor rounded once, by Python's decimal arithmetic.

Its exponential is correctly rounded. The tests of the oracle hold the ball arithmetic to it.
"""

from decimal import Decimal, localcontext


def decimally(operation: str, *arguments: float) -> Decimal:
    """Return an activation with digits enough for everything that cancels."""
    with localcontext() as context:
        context.prec, context.Emin, context.Emax = 420, -(10**8), 10**8
        a = Decimal(arguments[0]) * (2 if operation.startswith("tanh") else 1)
        rising, falling = 1 / (1 + (-a).exp()), 1 / (1 + a.exp())
        density = Decimal(arguments[-1]) * rising * falling
        return {
            "sigmoid": rising,
            "sigmoid_vjp": density,
            "tanh": 2 * rising - 1,
            "tanh_vjp": 4 * density,
        }[operation]
