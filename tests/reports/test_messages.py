"""Messages as a student reads them, letter by letter, in 80 columns."""

import re

import pytest

from tests.reports.students import everybody, told

# What is said between the first sentence and the count at the end, which has a time in it.
MESSAGES = {
    "adds_to_the_answer": """\
✗ softmax  behaves as if: softmax: y → y + 1e-09
  with 1e-09 added to every number of the answer.
  (178 of 178 failing cases, in float64)
  fix: e = exp(x − max(x)); e/Σ(e)
  MUST softmax/accuracy  The error is larger than rounding can explain, whatever
    the order of evaluation.
    float64  x = [1.0, 2.0, 3.0], axis = 0
    answer[0] 0.09003057417038046  truth 0.09003057317038046  right in 7 of 14
      digits
    answer  0.0900305742  0.244728472  0.665240957
    truth   0.0900305732  0.244728471  0.665240956
  also breaks softmax/axes, softmax/every-input-counts … (22 clauses, 177 cases)

The call again:

    nnspec.check(adds_to_the_answer, 'softmax', dtypes=('float64',),
                 only='softmax/accuracy[example-1,float64]')
    adds_to_the_answer(np.array([1.0, 2.0, 3.0]), axis=0)""",
    "takes_the_mean": """\
✗ softmax_vjp  behaves as if: softmax_vjp: Σ(s·ȳ) → mean(s·ȳ)
  with s·(ȳ − mean(s·ȳ)) instead of Σ(s·ȳ)
  (169 of 169 failing cases, in float64)
  fix: s·(ȳ − Σ(s·ȳ))
  MUST softmax_vjp/accuracy  The gradient of softmax has a larger error than the
    rounding of the stored softmax explains.
    float64  x = [0.0, 0.0, 2.0], cotangent = [1.0, 0.0, 0.0], axis = 0
    answer[2] -0.0279398  truth -0.0838195  off by 66.7 %, bound 8.6e-13 %
    answer   0.1027  -0.003781  -0.02794
    truth   0.09516   -0.01134  -0.08382
  also breaks softmax_vjp/axes, softmax_vjp/finiteness … (18 clauses, 168 cases)

The call again:

    nnspec.check(takes_the_mean, 'softmax_vjp', dtypes=('float64',),
                 only='softmax_vjp/accuracy[example,float64]')
    takes_the_mean(np.array([0.0, 0.0, 2.0]), np.array([1.0, 0.0, 0.0]), axis=0)""",
    "adam_without_root": """\
✗ adam  behaves as if: adam: √(v/(1 − β₂ᵗ)) → v/(1 − β₂ᵗ)
  with θ ← θ − a·(m/(1 − β₁ᵗ))/(v/(1 − β₂ᵗ) + ε) instead of √(v/(1 − β₂ᵗ))
  (85 of 85 failing cases, in float64)
  fix: θ ← θ − a·(m/(1 − β₁ᵗ))/(√(v/(1 − β₂ᵗ)) + ε)
  MUST adam/accuracy  A step is not a·m̂/(√v̂ + ε).
    float64  gradient = [[[1.0, -2.0]], [[0.5, 0.5]], [[0.0, 4.0]]], params =
      [[1.0, 2.0]], steps = 3, learning_rate = 0.5, beta1 = 0.5, beta2 = 0.75,
      epsilon = 0.5
    step 3: parameters before [0.355556, 2.29293], gradient given [0.0, 4.0]
    adam[2][0] answer[1] 2.16648  truth 1.97056  off by 9.94 %, bound 5.4e-14 %
    answer  2.222  2.293  2.166
    truth     2.4  2.312  1.971  (one a step)
  also breaks adaptive/aliasing, adaptive/asking … (21 clauses, 84 cases)

The call again:

    nnspec.check(adam_without_root, 'adam', dtypes=('float64',),
                 only='adam/accuracy[example,float64]')
    arguments = nnspec.inputs('adam/accuracy[example,float64]')
    adam_without_root(*arguments, learning_rate=0.5, beta1=0.5, beta2=0.75,
                      epsilon=0.5)""",
    "bias_gradient_along_the_wrong_axis": """\
✗ MUST linear_vjp breaks  linear_vjp answered with a list of 3 arrays of shapes
  (2, 1), (1, 3), (2,); a list of 3 arrays of shapes (2, 1), (1, 3), (3,) was
  needed
  called as: linear_vjp(x, weight, bias, cotangent)
  shapes: x (m, n), weight (n, k), bias (k,), cotangent (m, k); answers like x,
    weight and bias.
  float64  x = [[-0.125], [-1.640625]], weight = [[-0.002685546875,
    -0.0146484375, 0.0047607421875]], bias = [-0.8203125, 0.4140625,
    -0.3515625], cotangent = [[-0.328125, -1.84375, 0.625], [-0.90625, 1.5625,
    0.03125]]
  also MUST linear_vjp/broadcast  If samples, inputs and outputs are…  (3 cases)
  also breaks networks/aliasing, networks/sizes (2 clauses, 129 cases)

The call again:

    nnspec.check(bias_gradient_along_the_wrong_axis, 'linear_vjp',
                 dtypes=('float64',),
                 only='linear_vjp/lengths[length-1,float64]')
    bias_gradient_along_the_wrong_axis(
        np.array([[-0.125], [-1.640625]]), np.array([[-0.002685546875,
        -0.0146484375, 0.0047607421875]]), np.array([-0.8203125, 0.4140625,
        -0.3515625]), np.array([[-0.328125, -1.84375, 0.625], [-0.90625, 1.5625,
        0.03125]]))""",
    "zero_log_zero": """\
✗ entropy  behaves as if: multiplies_by_the_logarithm_of_zero
  Computes p · log p as it is written, which is NaN at 0.
  (11 of 11 failing cases, in float64)
  fix: leave out the terms with p = 0; their limit is 0.
  MUST entropy/accuracy  The error of the entropy is larger than rounding can
    explain, whatever the order of summation.
    float64  p = [[1.0, 0.0], [0.25, 0.75]], axis = 1
    answer[0] nan  truth 0.0  not a number
    answer  nan  0.5623
    truth     0  0.5623
  also breaks entropy/certainty, entropy/chain-rule … (6 clauses, 10 cases)

The call again:

    nnspec.check(zero_log_zero, 'entropy', dtypes=('float64',),
                 only='entropy/accuracy[example-2,float64]')
    zero_log_zero(np.array([[1.0, 0.0], [0.25, 0.75]]), axis=1)""",
    "fails_on_empty_arrays": """\
✗ SHOULD softmax crashes  softmax raised ValueError: zero-size array to
  reduction operation maximum which has no identity
  │ File "tests/reports/students.py", line N, in fails_on_empty_arrays
  │   e = np.exp(x - x.max(axis=axis, keepdims=True))
  called as: softmax(x, *, axis)
  shapes: x: one axis or more; answer like x.
  float64  x = [[], [], []], axis = -1""",
    "adam_takes_one_rate": """\
✗ MUST adam crashes  adam raised TypeError: float() argument must be a string or
  a real number, not 'tuple'
  │ File "tests/reports/students.py", line N, in adam_takes_one_rate
  │   rate = float(learning_rate)
  called as: adam(gradient, params, steps, *, learning_rate, beta1, beta2,
    epsilon)
  shapes: params: a list of arrays of any shapes; each gradient and each answer:
    a list like params.
  learning_rate: a number, or a tuple with a number for each step
  float64  gradient = [[[1.0, -2.0, 0.5], [[0.25], [-3.0]]], [[0.5, 0.5, -1.5],
    [[2.0], [0.0]]], [[-1.0, 4.0, 0.0], [[-0.75], [1.0]]]], params =
    [[2.000244140625, -0.999755859375, 3.000244140625], [[0.500244140625],
    [1.500244140625]]], steps = 3, learning_rate = [0.5, 0.25, 1.0], beta1 =
    0.75, beta2 = 0.875, epsilon = 9.5367431640625e-07
  … and 8 more cases

The call again:

    nnspec.check(adam_takes_one_rate, 'adam', dtypes=('float64',),
                 only='adaptive/trajectory[adam.vectors-changing-rates,float64]')
    arguments = nnspec.inputs('adaptive/trajectory[adam.vectors-changing-rates,float64]')
    adam_takes_one_rate(*arguments, learning_rate=(0.5, 0.25, 1.0), beta1=0.75,
                        beta2=0.875, epsilon=9.5367431640625e-07)""",
    "knows_no_axis": """\
no verdict
softmax is called as softmax(x, *, axis); knows_no_axis takes (x), and not axis.
  If it fixes axis, say its value: fixed={'axis': -1}""",
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_student_reads_what_is_wrong_and_how_to_mend_it(name: str) -> None:
    everybody()
    whole = told(name)
    message = whole if name == "knows_no_axis" else "\n\n".join(whole.split("\n\n")[1:-1])
    assert re.sub(r"line \d+", "line N", message) == MESSAGES[name]


@pytest.mark.proof
def test_a_sample_of_messages_is_no_wider_than_a_terminal_and_no_longer_than_a_screen() -> None:
    fits_a_screen(tuple(everybody())[::3])


@pytest.mark.study
def test_no_message_is_wider_than_a_terminal_or_longer_than_a_screen() -> None:
    fits_a_screen(tuple(everybody()))


def fits_a_screen(names: tuple[str, ...]) -> None:
    lengths = []
    for name in names:
        whole = told(name)
        lines = whole.splitlines()
        # A name of a case alone may be longer.
        wide = [each for each in lines if len(each) > 80 and "only='" not in each]
        assert not [each for each in wide if "nnspec.inputs(" not in each], name
        finding = whole.partition("The call again:")[0].split("\n\n")[1:]
        lengths.append(sum(len(each.splitlines()) for each in finding))
    assert sorted(lengths)[len(lengths) // 2] <= 15
