"""A task's callable, asked as operations: each function below is one form of the task.

A copy of this file runs in the process of a reference or of a candidate, with `TASK` filled in. It
imports nothing of the suite. Run as a program, it answers to probes for each form.
"""

import importlib
import importlib.util
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

# What is asked: a `file`, the `name` of a class or function in it, whether it writes into a last
# argument, the file of the reference with the `makers` of inputs, and the `ranks` of arguments.
TASK: dict[str, Any] = {}


def loaded(path: Any) -> Any:
    """Import a file under a name of its own; its folder counts as the first place of modules."""
    file = Path(path)
    sys.path.insert(0, str(file.parent))
    specification = importlib.util.spec_from_file_location(f"task_{file.stem}", file)
    if specification is None or specification.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def made() -> Any:
    """Return the callable: an instance of a class, made with the task's values, or a function."""
    found = getattr(loaded(TASK["file"]), TASK["name"])
    if not isinstance(found, type):
        return found
    makers = loaded(TASK["makers"])
    values = makers.get_init_inputs() if hasattr(makers, "get_init_inputs") else []
    torch = importlib.import_module("torch")
    torch.manual_seed(0)
    with torch.no_grad():
        return found(*values)


def call(*arguments: Any) -> Any:
    """Ask the callable once."""
    torch = importlib.import_module("torch")
    if "made" not in TASK:
        TASK["made"] = made()
    with torch.no_grad():
        if TASK.get("destination"):
            return written(torch, arguments)
        answer = TASK["made"](*arguments)
    return answer[0] if isinstance(answer, (tuple, list)) and len(answer) == 1 else answer


def written(torch: Any, arguments: Any) -> Any:
    """Ask a callable that writes its answer into a last argument, between two fences."""
    shape = TASK["shape_of"](*arguments) if "shape_of" in TASK else arguments[0].shape
    size, fence = int(np.prod(shape, dtype=int)), 2048
    memory = torch.full((size + 2 * fence,), torch.nan, dtype=arguments[0].dtype)
    inside = memory[fence : fence + size].view(shape)
    TASK["made"](*arguments, inside)
    if not bool(torch.isnan(memory[:fence]).all() and torch.isnan(memory[fence + size :]).all()):
        raise ValueError("the callable wrote outside its output")
    return inside.clone()


# --- the forms ---


def of_elements(x: Any) -> Any:
    """Ask for elements in the task's rank: all of them lie along the last axis."""
    rank = TASK["ranks"][0]
    return call(x.reshape([1] * (rank - 1) + [-1] if rank else [])).reshape(x.shape)


def of_rows(axis: Any, x: Any) -> Any:
    """Ask for rows along one axis of the task's rank; the rows lie along another."""
    rank, n = TASK["ranks"][0], x.shape[-1]
    rows = x.reshape(-1, n)
    if rank == 1:
        torch = importlib.import_module("torch")
        return torch.stack([call(row) for row in rows]).reshape(x.shape)
    other = 1 if axis == 0 else 0
    shape = [1] * rank
    shape[axis], shape[other] = n, len(rows)
    laid = (rows.T.contiguous() if axis < other else rows.contiguous()).reshape(shape)
    answer = call(laid)
    flat = answer.reshape(n, len(rows)).T if axis < other else answer.reshape(len(rows), n)
    return flat.contiguous().reshape(x.shape)


def of_pairs_of_rows(order: int, first: Any, second: Any) -> Any:
    """Ask for one row at a time, so that a mean over the rows is the row's own value."""
    torch = importlib.import_module("torch")
    rows = first.reshape(-1, first.shape[-1])
    others = second.reshape(len(rows), *second.shape[first.ndim - 1 :])
    pairs = [(a[None], b[None]) for a, b in zip(rows, others, strict=True)]
    answers = [call(*(pair[::order])).reshape(()) for pair in pairs]
    return torch.stack(answers).reshape(first.shape[:-1])


def of_products(axis: int, x: Any, weight: Any, bias: Any) -> Any:
    """Ask for a matrix product, and add the bias, which the task does not have."""
    rows = x.reshape(-1, x.shape[-1])
    factor = weight if axis else weight.T.contiguous()
    if TASK.get("destination"):
        TASK["shape_of"] = lambda a, b: (a.shape[0], b.shape[axis])
    return (call(rows, factor) + bias).reshape(*x.shape[:-1], weight.shape[-1])


elements = of_elements
rows_0, rows_1, rows_2, rows_3 = (partial(of_rows, axis) for axis in range(4))
pairs, pairs_swapped = partial(of_pairs_of_rows, 1), partial(of_pairs_of_rows, -1)
products, products_transposed = partial(of_products, 1), partial(of_products, 0)


def numbers() -> list[float]:
    """Return the numbers that the task's values and the callable's attributes hold."""
    found: set[float] = set()
    held = [TASK["made"]]
    for each in held:  # the list grows on the way
        values = vars(each).values() if hasattr(each, "__dict__") else ()
        found |= {float(value) for value in values if type(value) in (int, float)}
        held += list(each.children()) if hasattr(each, "children") else []
    return sorted(found)


def shapes() -> list[Any]:
    """Return the shapes of the task's inputs, made without memory where that is possible."""
    torch = importlib.import_module("torch")
    makers = loaded(TASK["makers"])
    try:
        with torch.device("meta"):
            inputs = makers.get_inputs()
    except Exception:  # noqa: BLE001  a maker may need numbers
        inputs = makers.get_inputs()
    return [list(each.shape) if hasattr(each, "shape") else None for each in inputs]


def main(folder: Path) -> None:
    """Answer to the probes of a folder, and say what is known of the task."""
    torch = importlib.import_module("torch")
    if "ranks" not in TASK:
        TASK["shapes"] = shapes()
        TASK["ranks"] = [None if each is None else len(each) for each in TASK["shapes"]]
    said: dict[str, Any] = {name: TASK.get(name) for name in ("shapes", "ranks")}
    said |= {"answered": [], "refused": {}, "numbers": []}
    for name, form in json.loads((folder / "probes.json").read_text()).items():
        given = np.load(folder / f"{name}.npz")
        arrays = [torch.from_numpy(given[key]) for key in sorted(given.files)]
        try:
            answer = globals()[form](*arrays)
            np.save(folder / f"{name}.npy", answer.numpy())
            said["answered"].append(name)
        except Exception as error:  # noqa: BLE001  the callable may be asked otherwise
            said["refused"][name] = str(error)
    if "made" in TASK:
        said["numbers"] = numbers()
    (folder / "said.json").write_text(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
