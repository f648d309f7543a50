"""A mark is the share of the MUST clauses that are kept in every case; no file excuses itself."""

import numpy as np
import pytest

from nnspec.conformance.reports import classes
from nnspec.conformance.run import plan, report, run
from nnspec.conformance.run.excuses import excused
from nnspec.conformance.run.libraries import Unjudged
from nnspec.conformance.run.marks import Mark, Rule, mark, points, total
from nnspec.conformance.run.record import Result
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded
from tests.reports.classroom import Namespace, certified


def results(*outcomes: str) -> list[Result]:
    """Return results whose clauses are the letters of texts such as `a conforms`."""
    parts = [each.split(" ", 1) for each in outcomes]
    return [Result(clause, "MUST", "relu", "case", None, outcome) for clause, outcome in parts]


@pytest.mark.parametrize(
    ("outcomes", "weight", "minimum", "expected"),
    [
        (("a conforms", "a conforms", "b conforms"), 1, 0, (1.0, 2, 2)),
        (("a conforms", "a breaks", "b conforms"), 2, 0, (1.0, 1, 2)),
        (("a conforms", "a breaks", "b conforms"), 2, 0.5, (1.0, 1, 2)),
        (("a conforms", "a breaks", "b conforms"), 2, 0.51, (0.0, 1, 2)),
        (("a crashes", "b times out", "c absent"), 1, 0, (0.0, 0, 3)),
        (("a inconclusive", "b conforms"), 1, 0, (1.0, 1, 1)),
        (("a inconclusive", "a conforms"), 1, 0, (1.0, 1, 1)),
        (("a vacuous", "b conforms"), 1, 0, (None, 1, 2)),
        ((), 1, 0, (0.0, 0, 0)),
        (("a conforms", "b conforms", "c breaks"), 1, 0, (0.67, 2, 3)),
    ],
)
def test_a_mark_is_the_weight_times_the_share_of_the_clauses_that_are_kept(
    outcomes, weight, minimum, expected
) -> None:
    found = mark(results(*outcomes), weight, Rule(minimum=minimum))
    assert (found.points, found.kept, found.clauses) == expected
    assert found.weight == weight


def test_no_mark_is_no_zero() -> None:
    known, unknown = Mark(0.5, 1, 1, 2), Mark(None, 1, 0, 2)
    assert total([known, known]) == 1.0
    assert total([known, unknown]) is None
    assert points(None) == "–"
    assert points(0.5) == "0.5"
    assert points(12.0) == "12"
    assert points(10.0) == "10"


def test_the_rule_states_weights_and_minimum() -> None:
    said = Rule({"adam": 3.0}, 0.5).words
    assert "adam 3, all others 1" in said
    assert "Below 50 % it has 0 points" in said
    assert "each operation 1" in Rule().words


def test_a_file_that_expects_its_failures_or_refuses_cases_has_no_more_points() -> None:
    wrong = certified("relu", relu=np.abs)
    expecting = certified("relu", relu=np.abs, expected_failures={"relu/accuracy": "by design"})

    def refusing(x):
        if x.size != 3:
            raise NotImplementedError("the adapter offers no entropy")
        return np.maximum(x, 0)

    refused = certified("relu", relu=refusing)
    entries = [
        classes.Entry(str(place), each) for place, each in enumerate((wrong, expecting, refused))
    ]
    found = classes.class_of(entries, Rule(), ["relu"])
    first, second, third = (row.marks["relu"] for row in found.rows)
    assert first == second
    assert third.points < 0.5
    assert any("expected_failures" in each for each in found.rows[1].remarks)
    assert any("refuses" in each for each in found.rows[2].remarks)
    # No sign says that every clause is kept.
    assert found.rows[2].states["relu"] == classes.ENDING


def test_what_a_report_did_not_ask_for_has_no_mark_and_is_not_missing() -> None:
    document = certified("relu", relu=rounded("relu"), tanh=rounded("tanh"))
    asked = ["relu", "tanh", "softmax"]
    (row,) = classes.class_of([classes.Entry("it", document)], Rule(), asked).rows
    assert [row.marks[name].points for name in asked] == [1.0, None, 0.0]
    assert [row.states[name] for name in asked] == ["conforms", "no verdict", "absent"]
    assert row.points is None


def test_a_clause_that_asks_for_another_operation_is_nobody_s_fault() -> None:
    alone = Namespace(name="alone", softmax_cross_entropy=rounded("softmax_cross_entropy"))
    source = InProcess(alone)
    chosen = {"dtypes": ("float64",), "only": ("softmax_cross_entropy/gibbs",)}
    found = run.run(plan.plan(source.description, **chosen), source, selection=chosen)
    document = report.document(found)
    assert {each["outcome"] for each in document["results"]} == {"absent"}
    assert excused(document) == {each.id for each in found.results}
    # With entropy in it, the file could answer.
    document["header"]["adapter"]["operations"].append("entropy")
    assert excused(document) == frozenset()


def test_a_file_that_does_not_load_has_no_points_and_one_that_the_suite_lost_has_no_mark() -> None:
    entries = [
        classes.Entry("broken", Unjudged("x.py:1: SyntaxError")),
        classes.Entry("lost", Unjudged("the process ended by SIGKILL", ours=True)),
    ]
    broken, lost = classes.class_of(entries, Rule(), ["relu", "tanh"]).rows
    assert broken.points == 0
    assert lost.points is None
