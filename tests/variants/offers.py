"""What each library calls the operations that it offers, and its names of their parameters.

Only operations with parameters, or with siblings that libraries call by the same name, stand here.
The default values are read from the library, and are not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# A parameter that has to be given.
REQUIRED = object()

_SLOPED = {"kaiming_normal", "kaiming_uniform", "kaiming_truncated_normal"}


@dataclass(frozen=True)
class Offer:
    """An operation as a library offers it.

    `parameters` gives the library's name to each parameter of ours: a parameter of `function`,
    `betas[0]` for an entry of one, `1 - momentum` for a formula, or a call without arguments.
    `settings` are what the adapter gives the function so that it is the operation. `made` is the
    expression of an object that holds the defaults, if no signature does. `stated` holds defaults
    that stand only in the library's text, at `source`, and `REQUIRED` for a parameter without one.
    """

    function: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    made: str = ""
    stated: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""


def _adaptive(function: str, names: str, **settings: Any) -> Offer:
    """Return an optimizer; `names` are pairs of our name and the library's, divided by spaces."""
    return Offer(function, dict(each.split("=") for each in names.split()), settings)


def _drawn(functions: str, **settings: Any) -> dict[str, Offer]:
    """Return initializers without parameters, from pairs of our name and the library's."""
    pairs = (each.split("=") for each in functions.split())
    return {ours: Offer(theirs, {}, settings) for ours, theirs in pairs}


_TORCH_SGD = "learning_rate=lr momentum=momentum weight_decay=weight_decay"
_TORCH_NORM = {"momentum": "momentum", "epsilon": "eps"}
_TORCH = {
    "leaky_relu": Offer("torch.nn.functional.leaky_relu", {"negative_slope": "negative_slope"}),
    "gradient_descent": _adaptive(
        "torch.optim.SGD", "learning_rate=lr weight_decay=weight_decay", momentum=0
    ),
    "momentum": _adaptive("torch.optim.SGD", _TORCH_SGD, dampening=0),
    "nesterov_reformulated": _adaptive("torch.optim.SGD", _TORCH_SGD, nesterov=True),
    "adagrad": _adaptive(
        "torch.optim.Adagrad",
        "learning_rate=lr epsilon=eps weight_decay=weight_decay",
        initial_accumulator_value=0,
    ),
    "rmsprop": _adaptive(
        "torch.optim.RMSprop",
        "learning_rate=lr decay=alpha epsilon=eps weight_decay=weight_decay",
        momentum=0,
        centered=False,
    ),
    "adam": _adaptive(
        "torch.optim.Adam",
        "learning_rate=lr beta1=betas[0] beta2=betas[1] epsilon=eps weight_decay=weight_decay",
        amsgrad=False,
    ),
    "clip_by_global_norm_epsilon": Offer(
        "torch.nn.utils.clip_grad_norm_",
        {"max_norm": "max_norm"},
        stated={"epsilon": 1e-6},
        source="torch/nn/utils/clip_grad.py: `max_norm / (total_norm + 1e-6)`",
    ),
    "batch_norm_train_unbiased": Offer("torch.nn.functional.batch_norm", _TORCH_NORM),
    "batch_norm_eval": Offer("torch.nn.functional.batch_norm", {"epsilon": "eps"}),
    **_drawn("xavier_normal=torch.nn.init.xavier_normal_", gain=1.0),
    **_drawn("xavier_uniform=torch.nn.init.xavier_uniform_", gain=1.0),
    **_drawn("xavier_fan_in_normal=torch.nn.init.kaiming_normal_", nonlinearity="linear"),
    "kaiming_normal": Offer("torch.nn.init.kaiming_normal_", {"negative_slope": "a"}),
    "kaiming_uniform": Offer("torch.nn.init.kaiming_uniform_", {"negative_slope": "a"}),
    **_drawn("minibatches=torch.utils.data.RandomSampler", replacement=False),
    **_drawn("draws=torch.utils.data.RandomSampler", replacement=True),
}

_KERAS_SGD = "learning_rate=learning_rate momentum=momentum weight_decay=weight_decay"
_KERAS = {
    "leaky_relu": Offer("keras.ops.leaky_relu", {"negative_slope": "negative_slope"}),
    "cross_entropy_renormalized": Offer(
        "keras.ops.categorical_crossentropy", {"epsilon": "keras.config.epsilon()"}
    ),
    "gradient_descent": _adaptive(
        "keras.optimizers.SGD",
        "learning_rate=learning_rate weight_decay=weight_decay",
        momentum=0.0,
    ),
    "momentum_scaled": _adaptive("keras.optimizers.SGD", _KERAS_SGD),
    "nesterov_reformulated_scaled": _adaptive("keras.optimizers.SGD", _KERAS_SGD, nesterov=True),
    "adagrad_epsilon_inside": _adaptive(
        "keras.optimizers.Adagrad",
        "learning_rate=learning_rate epsilon=epsilon weight_decay=weight_decay",
        initial_accumulator_value=0.0,
    ),
    "rmsprop_epsilon_inside": _adaptive(
        "keras.optimizers.RMSprop",
        "learning_rate=learning_rate decay=rho epsilon=epsilon weight_decay=weight_decay",
        momentum=0.0,
        centered=False,
    ),
    "adam_epsilon_hat": _adaptive(
        "keras.optimizers.Adam",
        "learning_rate=learning_rate beta1=beta_1 beta2=beta_2 epsilon=epsilon "
        "weight_decay=weight_decay",
        amsgrad=False,
    ),
    "batch_norm_train": Offer(
        "keras.layers.BatchNormalization", {"momentum": "1 - momentum", "epsilon": "epsilon"}
    ),
    "batch_norm_eval": Offer("keras.layers.BatchNormalization", {"epsilon": "epsilon"}),
    "normal": Offer("keras.initializers.RandomNormal", {"std": "stddev"}),
    **_drawn(
        "xavier_uniform=keras.initializers.GlorotUniform "
        "xavier_truncated_normal=keras.initializers.GlorotNormal "
        "kaiming_uniform=keras.initializers.HeUniform "
        "kaiming_truncated_normal=keras.initializers.HeNormal"
    ),
    **_drawn(
        "xavier_fan_in_normal=keras.initializers.VarianceScaling",
        mode="fan_in",
        distribution="untruncated_normal",
    ),
    **_drawn(
        "xavier_normal=keras.initializers.VarianceScaling",
        mode="fan_avg",
        distribution="untruncated_normal",
    ),
    **_drawn(
        "kaiming_normal=keras.initializers.VarianceScaling",
        scale=2.0,
        mode="fan_in",
        distribution="untruncated_normal",
    ),
}


def _scaled(operation: str, mode: str, distribution: str) -> dict[str, Offer]:
    scale = "2/(1 + a²)" if operation in _SLOPED else 1.0
    settings = {"scale": scale, "mode": mode, "distribution": distribution}
    return {operation: Offer("jax.nn.initializers.variance_scaling", {}, settings)}


_OPTAX_SGD = "learning_rate=learning_rate momentum=momentum"
_JAX = {
    "leaky_relu": Offer("jax.nn.leaky_relu", {"negative_slope": "negative_slope"}),
    "gradient_descent": _adaptive("optax.sgd", "learning_rate=learning_rate", momentum=None),
    "momentum": _adaptive("optax.sgd", _OPTAX_SGD),
    "nesterov_reformulated": _adaptive("optax.sgd", _OPTAX_SGD, nesterov=True),
    "momentum_average": _adaptive("optax.ema", "momentum=decay", debias=False),
    "momentum_unbiased": _adaptive("optax.ema", "momentum=decay", debias=True),
    "adagrad_epsilon_inside": _adaptive(
        "optax.adagrad",
        "learning_rate=learning_rate epsilon=eps",
        initial_accumulator_value=0.0,
    ),
    "rmsprop": _adaptive(
        "optax.rmsprop",
        "learning_rate=learning_rate decay=decay epsilon=eps",
        eps_in_sqrt=False,
        initial_scale=0.0,
    ),
    "rmsprop_epsilon_inside": _adaptive(
        "optax.rmsprop",
        "learning_rate=learning_rate decay=decay epsilon=eps",
        eps_in_sqrt=True,
        initial_scale=0.0,
    ),
    "adam": _adaptive(
        "optax.adam", "learning_rate=learning_rate beta1=b1 beta2=b2 epsilon=eps", eps_root=0.0
    ),
    "clip_by_global_norm": Offer("optax.clip_by_global_norm", {"max_norm": "max_norm"}),
    "batch_norm_train": Offer(
        "flax.linen.BatchNorm", {"momentum": "1 - momentum", "epsilon": "epsilon"}
    ),
    "batch_norm_eval": Offer("flax.linen.BatchNorm", {"epsilon": "epsilon"}),
    "normal": Offer("jax.nn.initializers.normal", {"std": "stddev"}),
    **_scaled("xavier_fan_in_normal", "fan_in", "normal"),
    **_scaled("xavier_normal", "fan_avg", "normal"),
    **_scaled("xavier_uniform", "fan_avg", "uniform"),
    **_scaled("xavier_truncated_normal", "fan_avg", "truncated_normal"),
    **_scaled("kaiming_normal", "fan_in", "normal"),
    **_scaled("kaiming_uniform", "fan_in", "uniform"),
    **_scaled("kaiming_truncated_normal", "fan_in", "truncated_normal"),
    **_drawn("minibatches=jax.random.permutation"),
    **_drawn("draws=jax.random.choice", replace=True),
}

_TENSORFLOW = {
    "leaky_relu": Offer("tensorflow.nn.leaky_relu", {"negative_slope": "alpha"}),
    "clip_by_norm": Offer("tensorflow.clip_by_norm", {"max_norm": "clip_norm"}),
    "clip_by_global_norm": Offer("tensorflow.clip_by_global_norm", {"max_norm": "clip_norm"}),
    **_drawn("minibatches=tensorflow.random.experimental.stateless_shuffle"),
    **_drawn("draws=tensorflow.random.stateless_uniform"),
}

_OPTIMIZERS = "sklearn.neural_network._stochastic_optimizers"
_RATE = {"learning_rate": "learning_rate_init"}
_SKLEARN = {
    "gradient_descent": Offer(
        f"{_OPTIMIZERS}.SGDOptimizer", _RATE, {"momentum": 0.0, "nesterov": False}
    ),
    "momentum_scaled": Offer(
        f"{_OPTIMIZERS}.SGDOptimizer", _RATE | {"momentum": "momentum"}, {"nesterov": False}
    ),
    "nesterov_reformulated_scaled": Offer(
        f"{_OPTIMIZERS}.SGDOptimizer", _RATE | {"momentum": "momentum"}, {"nesterov": True}
    ),
    "adam_epsilon_hat": Offer(
        f"{_OPTIMIZERS}.AdamOptimizer",
        _RATE | {"beta1": "beta_1", "beta2": "beta_2", "epsilon": "epsilon"},
    ),
    "cross_entropy_clipped": Offer(
        "sklearn.neural_network._base.log_loss",
        stated={"epsilon": "the format's machine epsilon"},
        source="sklearn/neural_network/_base.py: `np.finfo(y_prob.dtype).eps`",
    ),
    **_drawn("minibatches=sklearn.utils.shuffle"),
    **_drawn("draws=sklearn.utils.resample", replace=True),
    **_drawn("xavier_uniform=sklearn.neural_network.MLPRegressor", activation="relu"),
}

_ATTRIBUTES = "ai.onnx.preview.training"
_ONNX = {
    "leaky_relu": Offer("ai.onnx.LeakyRelu", {"negative_slope": "alpha"}),
    "batch_norm_train": Offer(
        "ai.onnx.BatchNormalization", {"momentum": "1 - momentum", "epsilon": "epsilon"}
    ),
    "batch_norm_eval": Offer("ai.onnx.BatchNormalization", {"epsilon": "epsilon"}),
    "normal": Offer("ai.onnx.RandomNormal", {"std": "scale"}),
}
_TRAINED = {
    "momentum": Offer(
        f"{_ATTRIBUTES}.Momentum",
        {"momentum": "alpha"},
        {"beta": 1.0, "mode": "standard", "norm_coefficient": 0.0},
    ),
    "nesterov_reformulated": Offer(
        f"{_ATTRIBUTES}.Momentum",
        {"momentum": "alpha"},
        {"beta": 1.0, "mode": "nesterov", "norm_coefficient": 0.0},
    ),
    "adagrad": Offer(
        f"{_ATTRIBUTES}.Adagrad",
        {"epsilon": "epsilon", "weight_decay": "norm_coefficient"},
        {"decay_factor": 0.0},
    ),
    "adam_epsilon_hat": Offer(
        f"{_ATTRIBUTES}.Adam",
        {
            "beta1": "alpha",
            "beta2": "beta",
            "epsilon": "epsilon",
            "weight_decay": "norm_coefficient",
        },
        {"norm_coefficient_post": 0.0},
    ),
}

_AUTOGRAD = {
    "gradient_descent": _adaptive(
        "autograd.misc.optimizers.sgd", "learning_rate=step_size", mass=0.0
    ),
    "momentum_average": _adaptive(
        "autograd.misc.optimizers.sgd", "learning_rate=step_size momentum=mass"
    ),
    "adam": _adaptive(
        "autograd.misc.optimizers.adam",
        "learning_rate=step_size beta1=b1 beta2=b2 epsilon=eps",
    ),
}

# Where the rate has no default, the call that makes the object gives one.
_TFJS_RATE: dict[str, Any] = {"stated": {"learning_rate": REQUIRED}}
_TFJS = {
    "leaky_relu": Offer(
        "tf.leakyRelu",
        stated={"negative_slope": 0.2},
        source="tfjs-core/src/ops/leaky_relu.ts: `alpha = 0.2`",
    ),
    "cross_entropy_renormalized": Offer(
        "tf.metrics.categoricalCrossentropy", {"epsilon": "tf.backend().epsilon()"}
    ),
    "gradient_descent": Offer("tf.train.sgd", **_TFJS_RATE),
    "momentum": Offer(
        "tf.train.momentum", stated={"learning_rate": REQUIRED, "momentum": REQUIRED}
    ),
    "nesterov_reformulated": Offer(
        "tf.train.momentum",
        settings={"useNesterov": True},
        made="tf.train.momentum(1, 0)",
        stated={"learning_rate": REQUIRED, "momentum": REQUIRED},
    ),
    "adagrad_epsilon_inside": Offer(
        "tf.train.adagrad",
        {"epsilon": "tf.backend().epsilon()"},
        {"initialAccumulatorValue": 0},
        "tf.train.adagrad(1)",
        **_TFJS_RATE,
    ),
    "rmsprop_epsilon_inside": Offer(
        "tf.train.rmsprop",
        {"decay": "decay", "epsilon": "epsilon"},
        {"momentum": 0, "centered": False},
        "tf.train.rmsprop(1)",
        **_TFJS_RATE,
    ),
    "adam": Offer(
        "tf.train.adam",
        {"learning_rate": "learningRate", "beta1": "beta1", "beta2": "beta2", "epsilon": "epsilon"},
        made="tf.train.adam()",
    ),
    "batch_norm_train": Offer(
        "tf.layers.batchNormalization",
        {"momentum": "1 - momentum", "epsilon": "epsilon"},
        made="tf.layers.batchNormalization({})",
    ),
    "batch_norm_eval": Offer(
        "tf.layers.batchNormalization",
        {"epsilon": "epsilon"},
        made="tf.layers.batchNormalization({})",
    ),
    **_drawn(
        "xavier_uniform=tf.initializers.glorotUniform "
        "xavier_truncated_normal=tf.initializers.glorotNormal"
    ),
}

# In the order in which the page shows the libraries. The key is the adapter's name.
OFFERS: Mapping[str, Mapping[str, Offer]] = {
    "torch": _TORCH,
    "keras": _KERAS,
    "tensorflow": _TENSORFLOW,
    "jax": _JAX,
    "sklearn": _SKLEARN,
    "onnx": _ONNX | _TRAINED,
    "onnxruntime": _ONNX,
    "autograd": _AUTOGRAD,
    "tfjs": _TFJS,
}
