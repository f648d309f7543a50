"""Operations that libraries call by one name, and in which words they differ."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """A table of the page: `headings` say in what the `operations` differ, and these how.

    `parameters` are those whose defaults have a column, with its heading. If `slope` is not 0, a
    column has the first step for this gradient, in rates, with the library's own defaults. A table
    that has to fit a screen is `split`: the columns of these parameters, and those of functions and
    first steps, are a second table.
    """

    headings: tuple[str, ...]
    operations: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, str]
    slope: float = 0.0
    split: tuple[str, ...] = ()


_FAN = r"2/(\mathrm{fan\_in} + \mathrm{fan\_out})"
_SLOPE = r"2/((1 + s^2)\,\mathrm{fan\_in})"

FAMILIES: Mapping[str, Family] = {
    "adam": Family(
        ("ε is added to", "bias correction"),
        {
            "adam": (r"$\sqrt{\hat v}$", "yes"),
            "adam_epsilon_hat": (r"$\sqrt{v}$", "yes, in the rate"),
            "adam_uncorrected": (r"$\sqrt{v}$", "no"),
        },
        {
            "learning_rate": "rate",
            "beta1": "β₁",
            "beta2": "β₂",
            "epsilon": "ε",
            "weight_decay": "weight decay",
        },
        slope=1e-6,
        split=("learning_rate", "weight_decay"),
    ),
    "rmsprop": Family(
        ("denominator",),
        {
            "rmsprop": (r"$\sqrt{r} + \epsilon$",),
            "rmsprop_epsilon_inside": (r"$\sqrt{r + \epsilon}$",),
        },
        {"learning_rate": "rate", "decay": "ρ", "epsilon": "ε", "weight_decay": "weight decay"},
        slope=1e-6,
    ),
    "adagrad": Family(
        ("denominator",),
        {
            "adagrad": (r"$\sqrt{r} + \epsilon$",),
            "adagrad_epsilon_inside": (r"$\sqrt{r + \epsilon}$",),
        },
        {"learning_rate": "rate", "epsilon": "ε", "weight_decay": "weight decay"},
        slope=1e-6,
    ),
    "momentum": Family(
        ("velocity", "step"),
        {
            "momentum": (r"$v \leftarrow \mu v + g$", "$a v$"),
            "momentum_scaled": (r"$v \leftarrow \mu v + a g$", "$v$"),
            "momentum_average": (r"$u \leftarrow \mu u + (1 - \mu) g$", "$a u$"),
            "momentum_unbiased": (r"$u \leftarrow \mu u + (1 - \mu) g$", r"$a u/(1 - \mu^t)$"),
        },
        {"learning_rate": "rate", "momentum": "μ"},
    ),
    "nesterov": Family(
        ("velocity", "step", "gradient at"),
        {
            "nesterov": (r"$u \leftarrow \mu u + (1 - \mu) g$", "$a u$", r"$\theta - a u$"),
            "nesterov_sutskever": (r"$v \leftarrow \mu v - a g$", "$-v$", r"$\theta + \mu v$"),
            "nesterov_reformulated": (
                r"$v \leftarrow \mu v + g$",
                r"$a (g + \mu v)$",
                r"$\theta$",
            ),
            "nesterov_reformulated_scaled": (
                r"$v \leftarrow \mu v + a g$",
                r"$a g + \mu v$",
                r"$\theta$",
            ),
        },
        {"learning_rate": "rate", "momentum": "μ"},
    ),
    "clipping": Family(
        ("norm of", "denominator"),
        {
            "clip_by_norm": ("each array", "norm"),
            "clip_by_global_norm": ("all arrays", "norm"),
            "clip_by_global_norm_epsilon": ("all arrays", "norm + ε"),
        },
        {"epsilon": "ε"},
    ),
    "cross-entropy": Family(
        ("logarithm of",),
        {
            "cross_entropy": ("$q$",),
            "cross_entropy_clipped": (r"$q$, clipped to $[\epsilon, 1 - \epsilon]$",),
            "cross_entropy_renormalized": (r"$q/\sum q$, clipped to $[\epsilon, 1 - \epsilon]$",),
        },
        {"epsilon": "ε"},
    ),
    "batch-norm": Family(
        ("running variance",),
        {
            "batch_norm_train": ("biased, $v$",),
            "batch_norm_train_unbiased": (r"unbiased, $\frac{n}{n-1} v$",),
        },
        {"momentum": "weight of the new batch", "epsilon": "ε"},
    ),
    "initializers": Family(
        ("law", "variance"),
        {
            "xavier_fan_in_normal": ("normal", r"$1/\mathrm{fan\_in}$"),
            "xavier_normal": ("normal", f"${_FAN}$"),
            "xavier_truncated_normal": ("normal, cut at 2 deviations", f"${_FAN}$"),
            "xavier_uniform": ("uniform", f"${_FAN}$"),
            "kaiming_normal": ("normal", f"${_SLOPE}$"),
            "kaiming_truncated_normal": ("normal, cut at 2 deviations", f"${_SLOPE}$"),
            "kaiming_uniform": ("uniform", f"${_SLOPE}$"),
        },
        {},
    ),
    "sampling": Family(
        ("sample",),
        {"minibatches": ("once an epoch",), "draws": ("with replacement",)},
        {},
    ),
    "leaky-relu": Family(
        ("below zero",),
        {"leaky_relu": ("$s x$",)},
        {"negative_slope": "slope $s$"},
    ),
}
