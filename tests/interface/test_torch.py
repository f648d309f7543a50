"""A function or module of torch tensors is judged as it is, and so is its derivative."""

import pytest

import nnspec

torch = pytest.importorskip("torch")

pytestmark = [pytest.mark.proof, pytest.mark.no_cover]

FEW = {"dtypes": "float32", "only": ["softmax/accuracy", "softmax_vjp/accuracy"]}


def softmax(x, dim):
    e = torch.exp(x - x.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def of_rows(x):
    return softmax(x, -1)


class Softmax(torch.autograd.Function):
    """A softmax with a derivative of its own, which is wrong."""

    @staticmethod
    def forward(ctx, x, dim):
        ctx.dim = dim
        y = softmax(x, dim)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return y * (g - (g * y).mean(ctx.dim, keepdim=True)), None


class Module(torch.nn.Module):
    """A module that a user wrote."""

    def forward(self, x):
        return softmax(x, -1)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (softmax, "torch tensors (its code uses torch); axis goes by dim"),
        (of_rows, "torch tensors (its code uses torch); axis is fixed at -1"),
        (Module(), "torch tensors (it is a torch.nn.Module); axis is fixed at -1"),
        (torch.softmax, "torch tensors (it is a function of torch); axis goes by dim"),
        (lambda x, axis: x.softmax(axis), "torch tensors (it answers to them"),
    ],
    ids=["function", "of rows", "module", "of torch", "untyped"],
)
def test_functions_of_tensors_conform(function: object, said: str) -> None:
    fixed = {"axis": -1} if "fixed" in said else None
    verdict = nnspec.check(function, "softmax", backward=True, fixed=fixed, **FEW)
    assert verdict, str(verdict)
    assert verdict.arrays.startswith(said)
    assert {each.operation for each in verdict.record.results} == {"softmax", "softmax_vjp"}


def test_a_module_says_the_parameters_that_it_fixes() -> None:
    for module, operation in (
        (torch.nn.Softmax(dim=-1), "softmax"),
        (torch.nn.LeakyReLU(0.125), "leaky_relu"),
        (torch.nn.CrossEntropyLoss(reduction="none"), "sparse_softmax_cross_entropy"),
    ):
        only = [f"{operation}/accuracy", f"{operation}_vjp/accuracy"]
        verdict = nnspec.check(module, operation, backward=True, only=only, dtypes="bfloat16")
        assert verdict, str(verdict)


@pytest.mark.parametrize("given", [Softmax, Softmax.apply])
def test_a_wrong_derivative_is_denied_with_a_call_to_paste(given: object) -> None:
    verdict = nnspec.check(given, "softmax", backward=True, **FEW)
    assert not verdict
    assert verdict.clause == "softmax_vjp/accuracy"
    assert verdict.diagnosis.name == "softmax_vjp: Σ(s·ȳ) → mean(s·ȳ)"
    _, first, last = verdict.call.splitlines()
    names = {"torch": torch, "given": given, "Softmax": Softmax}
    exec(first, names)  # noqa: S102  the line is our own
    (found,) = eval(last, names)  # noqa: S307
    assert float(found[verdict.failure.details["index"][0]]) == verdict.answer


def test_a_wrong_derivative_is_raised_in_the_users_frame() -> None:
    with pytest.raises(nnspec.ClauseFailed) as caught:
        nnspec.check(Softmax, "softmax", backward=True, **FEW).expect()
    assert caught.traceback[-1].frame.code.name == "forward"


def test_a_right_wrong_and_silent_function_by_trial() -> None:
    verdict = nnspec.check(lambda x: x.clamp(max=0), "relu", only="relu/accuracy")
    assert not verdict
    assert verdict.arrays == "torch tensors (it raises AttributeError for those of numpy)"
    with pytest.raises(ValueError, match="step has no derivative"):
        nnspec.check(torch.sign, "step", backward=True)


class Adam(torch.optim.Optimizer):
    """An optimizer that a user wrote, which averages |g| where the formula has g²."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                self.move(p, *group["betas"], group["lr"], group["eps"])

    def move(self, p, beta1, beta2, lr, eps):
        state = self.state[p]
        t = state["t"] = state.get("t", 0) + 1
        m = state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * p.grad
        v = state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * p.grad.abs()
        p.sub_(lr * m / (1 - beta1**t) / ((v / (1 - beta2**t)).sqrt() + eps))


def test_an_optimizer_is_judged_as_it_is() -> None:
    only = {"only": "adam/accuracy", "dtypes": "float32"}
    verdict = nnspec.check(torch.optim.Adam, "adam", **only)
    assert verdict
    assert verdict.arrays == "torch tensors (it is a function of torch)"
    denied = nnspec.check(Adam, "adam", **only)
    assert denied.diagnosis.name == "adam: g² → |g|"
    with pytest.raises(nnspec.ClauseFailed) as caught:
        denied.expect()
    assert caught.traceback[-1].frame.code.name == "step"
    with pytest.raises(nnspec.NoVerdict, match="SGD cannot be asked as adam: no eps, betas"):
        nnspec.check(torch.optim.SGD, "adam")


def test_the_threads_of_torch_are_as_they_were() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    nnspec.check(of_rows, "softmax", fixed={"axis": -1}, **FEW)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_in_a_process_of_its_own() -> None:
    verdict = nnspec.check(
        of_rows, "softmax", fixed={"axis": -1}, isolate=True, backward=True, **FEW
    )
    assert verdict, str(verdict)


def test_an_adapter_of_tensors_is_certified() -> None:
    class Layers:
        relu = staticmethod(torch.relu)

    record = nnspec.certify(Layers, arrays="torch", only="relu/accuracy")
    assert record.verdict == "conforms"
