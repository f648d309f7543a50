"""A mutant is one edit of one module: a comparison, a sign, a constant, a call or a statement.

Words of messages, annotations and decorators stay as they are: no test owes their wording.
"""

import ast
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).parents[2]

# The modules of each room whose mutants are drawn.
ROOMS = {
    "bounds": ("conformance/bounds",),
    "judge": ("conformance/judge",),
    "run": ("conformance/run",),
    "sources": ("conformance/sources",),
    "verify": ("conformance/command/verify.py", "conformance/command/differences.py"),
}

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_FUNCTIONS = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "floor": "ceil",
    "ceil": "floor",
    "minimum": "maximum",
    "maximum": "minimum",
    "startswith": "endswith",
    "endswith": "startswith",
}
# A constant of these letters alone is a key, a name or a mark, and no sentence of a message.
_NAME = re.compile(r"[\w./<>=*+-]+")


@dataclass(frozen=True)
class Mutant:
    """One edit of a module: the bytes `start` to `end` of the file at `path` become `put`.

    `where` is the function that it stands in, "" at the top of the module.
    """

    path: str
    line: int
    where: str
    old: str
    put: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """What stays the same when the lines above the mutant change."""
        return f"{self.path}::{self.where}: {' '.join(self.old.split())} → {self.put}"

    def applied(self, source: bytes) -> bytes:
        """Return the module with the edit."""
        return source[: self.start] + self.put.encode() + source[self.end :]


def sample(room: str, count: int, seed: int) -> list[Mutant]:
    """Return so many mutants of a room that differ in more than the text; all, if there are fewer.

    The seed and the room decide which.
    """
    drawn, found = mutants_of(room), []
    random.Random(f"{seed} {room}").shuffle(drawn)  # noqa: S311  a sample, and no secret
    for each in drawn:
        if len(found) == count:
            break
        if not same_code(each):
            found.append(each)
    return found


def mutants_of(room: str) -> list[Mutant]:
    """Return every mutant of a room, in the order of its modules and lines."""
    places = [ROOT / name for name in ROOMS[room]]
    modules = [path for place in places for path in (sorted(place.rglob("*.py")) or [place])]
    return [
        each
        for path in modules
        for each in mutants_in(path.relative_to(ROOT).as_posix(), path.read_bytes())
    ]


def mutants_in(path: str, source: bytes) -> list[Mutant]:
    """Return the mutants of a module's text."""
    lines = [0]
    for line in source.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    found = []
    for node, put, where in _edits(ast.parse(source), ""):
        start = lines[node.lineno - 1] + node.col_offset
        end = lines[node.end_lineno - 1] + node.end_col_offset
        old = source[start:end].decode()
        found.append(Mutant(path, node.lineno, where, old, put, start, end))
    return sorted(dict.fromkeys(found), key=lambda each: (each.start, each.end, each.put))


@lru_cache(maxsize=None)
def _compiled(path: str) -> str:
    return _code(compile((ROOT / path).read_bytes(), path, "exec"))


def same_code(mutant: Mutant) -> bool:
    """Say whether Python compiles a mutant to the code of the module itself."""
    text = mutant.applied((ROOT / mutant.path).read_bytes())
    return _code(compile(text, mutant.path, "exec")) == _compiled(mutant.path)


def _code(code: CodeType) -> str:
    constants = [
        _code(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts
    ]
    return repr((code.co_code, constants, code.co_names, code.co_varnames, code.co_exceptiontable))


def _edits(node: ast.AST, where: str) -> Iterator[tuple[ast.expr | ast.stmt, str, str]]:
    """Yield the edits below a node: what is replaced, by which text, and in which function."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        where = f"{where}.{node.name}".lstrip(".")
    if isinstance(node, (ast.expr, ast.stmt)):
        for put in _replacements(node):
            yield node, put, where
    if isinstance(node, (ast.If, ast.While)):
        yield node.test, _text(ast.UnaryOp(ast.Not(), node.test)), where
    if isinstance(node, ast.comprehension):
        for test in node.ifs:
            yield test, _text(ast.UnaryOp(ast.Not(), test)), where
    for child in _below(node):
        yield from _edits(child, where)


def _below(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the children of a node whose edits a test could notice."""
    skipped: list[ast.AST | None] = []
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)):
        skipped += getattr(node, "decorator_list", [])
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            skipped.append(first)
    if isinstance(node, ast.FunctionDef):
        skipped.append(node.returns)
    if isinstance(node, ast.AnnAssign):
        skipped.append(node.annotation)
    if isinstance(node, ast.Raise):
        skipped.append(node.exc)
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    for child in ast.iter_child_nodes(node):
        typed = isinstance(child, (ast.arg, ast.JoinedStr, ast.Import, ast.ImportFrom))
        if not typed and not any(child is each for each in skipped):
            yield child


def _replacements(node: ast.expr | ast.stmt) -> Iterator[str]:
    """Yield the texts that may stand in the place of a node."""
    match node:
        case ast.Compare(left, operators, operands):
            for place, operator in enumerate(operators):
                changed = [*operators]
                changed[place] = _COMPARISONS[type(operator)]()
                yield _text(ast.Compare(left, changed, operands))
        case ast.BinOp(left, operator, right) if type(operator) in _OPERATORS:
            yield _text(ast.BinOp(left, _OPERATORS[type(operator)](), right))
        case ast.BoolOp(operator, values):
            other = ast.And() if isinstance(operator, ast.Or) else ast.Or()
            yield _text(ast.BoolOp(other, values))
            yield _text(values[0])
            yield _text(values[-1])
        case ast.UnaryOp(ast.Not() | ast.USub() | ast.Invert(), operand):
            yield _text(operand)
        case ast.IfExp(test, body, orelse):
            yield _text(ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse))
        case ast.Constant(value):
            yield from _constants(value)
        case ast.Call():
            yield from _calls(node)
        case ast.stmt():
            yield from _statements(node)


def _constants(value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield repr(not value)
    elif isinstance(value, int):
        yield repr(value + 1)
    elif isinstance(value, float):
        yield repr(2 * value if value else 1.0)
    elif isinstance(value, str) and _NAME.fullmatch(value):
        yield repr(f"{value}?")


def _calls(node: ast.Call) -> Iterator[str]:
    """Yield a call of the opposite function, and the call without each of its named arguments."""
    match node.func:
        case ast.Name(name) if name in _FUNCTIONS:
            yield _text(ast.Call(ast.Name(_FUNCTIONS[name]), node.args, node.keywords))
        case ast.Attribute(value, name) if name in _FUNCTIONS:
            yield _text(ast.Call(ast.Attribute(value, _FUNCTIONS[name]), node.args, node.keywords))
        case ast.Name("abs"):
            yield _text(node.args[0])
    for place, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            others = [*node.keywords[:place], *node.keywords[place + 1 :]]
            yield _text(ast.Call(node.func, node.args, others))


def _statements(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Return(value) if value is not None and not _is_none(value):
            yield "return None"
        case ast.Expr(ast.Call()):
            yield "pass"
        case ast.Raise():
            yield "pass"
        case ast.Continue():
            yield "break"
        case ast.Break():
            yield "continue"
        case ast.AugAssign(target, operator, value) if type(operator) in _OPERATORS:
            other = _OPERATORS[type(operator)]()
            yield ast.unparse(ast.AugAssign(target, other, value))


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _text(node: ast.expr) -> str:
    """Return an expression in brackets, so that it may stand anywhere."""
    return f"({ast.unparse(ast.fix_missing_locations(node))})"
