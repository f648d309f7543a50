"""The stored vectors: true to the last bit, in the form their schema describes, and enough of them
for every format."""

import json
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from nnspec import spec
from nnspec.conformance.bounds import truth
from nnspec.conformance.pages.vectors import stored
from nnspec.conformance.pages.vectors import vectors as cases
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, NAMES, cast
from nnspec.conformance.terms.nested import flat, leaves
from tests.truth.measure import OPERATIONS, stated_bound
from tests.truth.write_vectors import again, pages, path, read, text, vectors

PAGES = pages()
TEXTS = {page: path(page).read_text(encoding="utf-8") for page in PAGES}
DOCUMENTS: dict[str, dict[str, Any]] = {page: json.loads(text) for page, text in TEXTS.items()}
STORED: list[dict[str, Any]] = [
    vector for document in DOCUMENTS.values() for vector in document["vectors"]
]
SCHEMA = json.loads((spec.FOLDER / "vectors" / "vectors.schema.json").read_text(encoding="utf-8"))


def arguments_of(vector: dict[str, Any]) -> list[Any]:
    return [stored(value) for value in vector["arguments"].values()]


def numbers_of(vector: dict[str, Any]) -> list[np.ndarray]:
    return list(
        leaves(
            [
                argument.script if isinstance(argument, Callback) else argument
                for argument in arguments_of(vector)
            ]
        )
    )


def truth_of(vector: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    return flat(stored(vector["truth"], part="hi")), flat(stored(vector["truth"], part="lo"))


def schema_refuses(document: dict[str, Any]) -> bool:
    return not jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("page", PAGES)
def test_the_truth_of_the_stored_inputs_is_the_stored_truth_byte_for_byte(page: str) -> None:
    assert text(page, [again(vector) for vector in DOCUMENTS[page]["vectors"]]) == TEXTS[page]


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("page", PAGES)
def test_the_writer_writes_the_stored_file(page: str) -> None:
    assert text(page, list(vectors(page))) == TEXTS[page]


@pytest.mark.parametrize("page", PAGES)
def test_the_file_is_of_this_edition_and_its_size_is_fit_for_a_diff(page: str) -> None:
    document = DOCUMENTS[page]
    assert (document["edition"], document["page"]) == (spec.EDITION, page)
    assert len(TEXTS[page]) < 1_200_000
    assert len(TEXTS[page].splitlines()) == len(document["vectors"]) + 2


@pytest.mark.parametrize("page", PAGES)
def test_the_schema_accepts_the_file(page: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(DOCUMENTS[page])


def test_the_schema_describes_the_files_narrowly() -> None:
    document = DOCUMENTS["activations"]
    vector = document["vectors"][0]
    assert not schema_refuses(document | {"vectors": [vector]})
    assert schema_refuses(document | {"vectors": []})
    assert schema_refuses(document | {"vectors": [vector | {"name": "Every Day"}]})
    assert schema_refuses(
        document | {"vectors": [vector | {"truth": vector["truth"] | {"hi": ["0.5"]}}]}
    )
    assert schema_refuses(
        document
        | {"vectors": [{key: value for key, value in vector.items() if key != "parameters"}]}
    )


def test_every_operation_has_vectors_and_every_vector_a_name_of_its_own() -> None:
    names = [(vector["operation"], vector["name"]) for vector in STORED]
    assert len(set(names)) == len(names)
    assert {operation for operation, _ in names} == set(OPERATIONS)


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_format_holds_some_of_the_inputs_exactly(operation: str, dtype: str) -> None:
    assert sum(case.truth[0].size for case in cases(operation, dtype)) > 0


def test_inputs_that_are_no_ordinary_numbers_are_special() -> None:
    for vector in STORED:
        ordinary = all(
            np.all((array == 0) | (np.isfinite(array) & (np.abs(array) >= FORMATS["float64"].tiny)))
            for array in numbers_of(vector)
        )
        assert ordinary or vector["name"].startswith("special-")


def test_no_choice_is_stored_as_a_truth() -> None:
    for vector in STORED:
        if vector["operation"] in ("relu_vjp", "leaky_relu_vjp"):
            assert np.all(stored(vector["arguments"]["x"]) != 0)


def test_lo_is_what_rounding_to_hi_left_over() -> None:
    for vector in STORED:
        hi, lo = truth_of(vector)
        assert np.all(np.isfinite(lo))
        assert np.all(
            np.abs(lo[np.isfinite(hi)]) <= FORMATS["float64"].ulp(hi[np.isfinite(hi)]) / 2
        )
        assert not lo[~np.isfinite(hi)].any()


@pytest.mark.proof
@pytest.mark.no_cover
def test_the_reference_answers_them_within_its_bounds_and_the_special_ones_alike() -> None:
    for vector in STORED:
        hi, lo = truth_of(vector)
        parameters = read(vector["parameters"])
        answer = flat(
            truth.true_answer(
                Case("", vector["operation"], tuple(arguments_of(vector)), parameters)
            )
        )
        bound = stated_bound(vector["operation"], arguments_of(vector), parameters, hi)
        with np.errstate(invalid="ignore"):
            right = (
                (answer == hi)
                | (np.isnan(answer) & np.isnan(hi))
                | (np.abs((answer - hi) - lo) <= bound)
            )
        assert np.all(right), (vector["operation"], vector["name"])


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_rounding_to_odd_and_then_to_a_narrow_format_is_rounding_once(dtype: str) -> None:
    bits = np.random.PCG64(3)
    # Halfway between two narrow numbers, or nearly, with a rest on either side or none: where
    # rounding twice goes wrong.
    narrow = cast(
        np.ldexp(
            1.0 + (bits.random_raw(3000) % 2**20).astype(np.float64) / 2**20,
            np.arange(3000) % 40 - 30,
        ),
        dtype,
    ).astype(np.float64)
    hi = (
        narrow
        + FORMATS[dtype].ulp(narrow) / 2
        + np.resize([0.0, 1.0, -1.0], 3000) * np.spacing(narrow)
    )
    lo = np.resize([0.0, 1.0, -1.0, 2.0**-40], 3000) * np.spacing(hi) / 4
    even = (hi.view(np.int64) & 1) == 0
    odd = np.where((lo != 0) & even, np.nextafter(hi, np.copysign(np.inf, lo)), hi)
    spacing = FORMATS[dtype].ulp(hi).tolist()
    once = [
        _nearest(Fraction(high) + Fraction(low), *rest)
        for high, low, *rest in zip(hi, lo, spacing, strict=True)
    ]
    assert [
        _nearest(Fraction(value), *rest) for value, *rest in zip(odd, spacing, strict=True)
    ] == once
    assert [
        _nearest(Fraction(value), *rest) for value, *rest in zip(hi, spacing, strict=True)
    ] != once


def test_the_program_in_the_readme_runs_and_finds_the_wrong_answers(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    program = re.search(
        r"```javascript\n(.*?)```",
        (spec.FOLDER / "vectors" / "README.md").read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert program
    (tmp_path / "judge.mjs").write_text(program[1], encoding="utf-8")
    shutil.copy(path("activations"), tmp_path)
    ran = subprocess.run(
        [node, "judge.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    found = dict(
        re.findall(r"^(\w+): (\d+) of \d+ answers are outside the bound", ran.stdout, re.MULTILINE)
    )
    assert set(found) == {"everyday", "magnitudes", "thresholds"}
    assert int(found["thresholds"]) > 10


def _nearest(value: Fraction, spacing: float) -> float:
    return float(round(value / Fraction(spacing)) * Fraction(spacing))
