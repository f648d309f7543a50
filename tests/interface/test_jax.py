"""A function of JAX arrays is judged as it is, and so is its derivative."""

import pytest

import nnspec

jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]


def softmax(x, *, axis):
    e = jnp.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


@pytest.mark.parametrize("function", [softmax, jax.jit(softmax, static_argnames="axis")])
def test_a_function_conforms_with_its_derivative(function: object) -> None:
    only = ["softmax/accuracy", "softmax_vjp/accuracy"]
    verdict = nnspec.check(function, "softmax", backward=True, only=only, dtypes="float32")
    assert verdict, str(verdict)
    assert verdict.arrays.startswith("JAX arrays")
    assert verdict.record.header["adapter"]["compiles_shapes"]


def test_a_format_that_jax_does_not_hold_is_absent() -> None:
    if jax.config.jax_enable_x64:
        pytest.skip("it holds float64 here")
    verdict = nnspec.check(softmax, "softmax", only="softmax/accuracy")
    assert verdict
    assert "are absent (JAX holds no float64" in str(verdict)
    with pytest.raises(nnspec.NoVerdict, match="JAX holds no float64"):
        nnspec.check(softmax, "softmax", only="softmax/accuracy", dtypes="float64")


def test_a_wrong_function_is_denied() -> None:
    def wrong(x, *, axis):
        e = jnp.exp(x)
        return e / e.sum(axis, keepdims=True)

    verdict = nnspec.check(wrong, "softmax", only="softmax/accuracy", dtypes="float32")
    assert not verdict
    assert verdict.call.splitlines()[-1].startswith("wrong(jnp.array([")
