"""Whatever `--only` names selects planned cases, or is refused in words."""

from hypothesis import given
from hypothesis import strategies as st

from nnspec.conformance.run.plan import UnknownSelectionError, idle, plan
from nnspec.conformance.sources.description import Description
from nnspec.conformance.terms.operations import UnknownClauseError
from tests.fuzzing.strategies import budget
from tests.fuzzing.tally import tallied

IT = Description("it", "1", ("relu", "leaky_relu"), ("float32", "float16"))

# The parts of selections, right ones and others; a selection is a few of them in a row.
PARTS = (
    *("relu", "leaky_relu", "activations", "relu/accuracy", "relu/range", "relu/negative-zero"),
    *("[", "]", ",", "[random", "[special values]", "float32", "float16", "float64", "/", " "),
    *("", "softmax", "adam/accuracy", "nonesuch", "relu/", "/accuracy", "ReLU", "rélu", "a" * 5000),
    *("\n", "\t", "\x00", "\ud800", "\u202e", ".*", "(", "\\", "%s", "{0}", "''", '"', "--only"),
)


# Single cases, as a failure prints them.
NAMED = tuple(each.id for each in plan(IT, only=("relu", "leaky_relu"))[::40])


@st.composite
def selections(draw: st.DrawFn) -> list[str]:
    parts = st.sampled_from((*PARTS, *NAMED))
    one = st.lists(parts, min_size=1, max_size=4).map("".join)
    return draw(st.lists(one, min_size=1, max_size=3))


def test_whatever_is_selected_is_planned_or_refused_in_words() -> None:
    with tallied("selections") as tally:

        def planned(only: list[str]) -> str:
            try:
                found = plan(IT, only=only)
            except (UnknownSelectionError, UnknownClauseError) as error:
                return "refused" if len(str(error)) > 20 else f"refused by {error!r}"
            return "planned" if found and len(idle(only, found)) < len(only) else "planned in vain"

        @budget(150)
        @given(selections())
        def selected(only: list[str]) -> None:
            tally.of(lambda: planned(only))

        selected()
    assert tally.ended.keys() == {"planned", "refused"}
    assert min(tally.ended.values()) > 10
