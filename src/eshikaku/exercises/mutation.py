"""AST mutants of a function: each differs from it in one place.

An operator looks at one node and yields replacements for it; :func:`mutants` applies every
operator at every node. Docstrings, assertions, raised errors, annotations and the signature are
left alone. A mutant's ``key`` is the changed line as ``ast.unparse`` writes it: by it an author
names a mutant that is right after all.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Operator = Callable[[ast.AST], Iterator[ast.AST | None]]

_BINARY: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
}
_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_NAMES = {
    "sum": "mean",
    "mean": "sum",
    "max": "min",
    "min": "max",
    "maximum": "minimum",
    "minimum": "maximum",
    "argmax": "argmin",
    "argmin": "argmax",
    "zeros": "ones",
    "ones": "zeros",
    "zeros_like": "ones_like",
    "ones_like": "zeros_like",
    "sin": "cos",
    "cos": "sin",
    "vstack": "hstack",
    "hstack": "vstack",
    "cumsum": "cumprod",
    "any": "all",
    "all": "any",
}
_DROPPED = {  # f(x, …) → x
    "sum", "mean", "tanh", "exp", "log", "sqrt", "abs", "transpose", "reversed", "copy",
    "squeeze", "maximum", "minimum", "clip", "cumsum", "flip", "sigmoid", "softmax",
}  # fmt: skip
_COMMUTATIVE = {
    "maximum", "minimum", "min", "max", "add", "multiply", "allclose", "isclose", "logical_and",
    "logical_or", "logaddexp",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One changed copy of a function."""

    line: int
    key: str  # the changed line, as ast.unparse writes it
    source: str


def mutants(source: str) -> list[Mutant]:
    """All distinct mutants of the first function in ``source``, in the order of its lines."""
    tree = ast.parse(source)
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef))
    if ast.get_docstring(function) is not None:
        function.body = function.body[1:] or [ast.Pass()]
    original = ast.unparse(function)
    found: dict[str, Mutant] = {}
    for path in _paths(function):
        node = _at(function, path)
        for operator in OPERATORS:
            for replacement in operator(node):
                changed = _replaced(function, path, replacement)
                if changed is None:
                    continue
                text = ast.unparse(changed)
                if text != original and text not in found:
                    key = _key(function, changed, path)
                    found[text] = Mutant(getattr(node, "lineno", 0), key, text)
    return sorted(found.values(), key=lambda m: m.line)


# Where a node stands: the fields (and list positions) that lead to it from the function.
Path = tuple[tuple[str, int | None], ...]


def _paths(node: ast.AST, path: Path = ()) -> Iterator[Path]:
    """Paths of all nodes that may be changed."""
    for name, value in ast.iter_fields(node):
        if name in ("args", "annotation", "returns", "decorator_list") and isinstance(
            node, ast.FunctionDef | ast.AnnAssign
        ):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.Assert | ast.Raise):
                continue
            here = (*path, (name, index))
            yield here
            yield from _paths(child, here)


def _at(node: ast.AST, path: Path) -> ast.AST:
    for name, index in path:
        value = getattr(node, name)
        node = value if index is None else value[index]
    return node


def _replaced(function: ast.FunctionDef, path: Path, new: ast.AST | None) -> ast.AST | None:
    """A copy with the node at ``path`` replaced, or removed (``None``, from a block only)."""
    root = copy.deepcopy(function)
    parent = _at(root, path[:-1])
    name, index = path[-1]
    if new is None:
        if index is None or name not in ("body", "orelse", "keywords"):
            return None
        block = getattr(parent, name)
        del block[index]
        if name == "body" and not block:
            block.append(ast.Pass())
    elif index is None:
        setattr(parent, name, new)
    else:
        getattr(parent, name)[index] = new
    return ast.fix_missing_locations(root)


def _key(before: ast.AST, after: ast.AST, path: Path) -> str:
    """The first changed line; for a removed statement ``del: `` and the line."""
    old, new = ast.unparse(before).split("\n"), ast.unparse(after).split("\n")
    place = next(i for i, (a, b) in enumerate(zip([*old, ""], [*new, ""], strict=False)) if a != b)
    removed = len(new) < len(old)
    return f"del: {old[place].strip()}" if removed else new[place].strip()


def _binary(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp):
        for operator in _BINARY.get(type(node.op), ()):
            yield ast.BinOp(node.left, operator(), node.right)
        if isinstance(node.op, ast.Add | ast.Mult | ast.Sub | ast.Div):
            yield node.left
        if isinstance(node.op, ast.Add | ast.Mult):
            yield node.right
        if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):
            yield ast.BinOp(node.right, node.op, node.left)


def _augmented(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.AugAssign):
        for operator in _BINARY.get(type(node.op), ()):
            yield ast.AugAssign(node.target, operator(), node.value)
        yield ast.Assign([node.target], node.value)


def _unary(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        if not isinstance(node.operand, ast.Constant):  # -1 is a constant: see _constant
            yield node.operand
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        negated = copy.deepcopy(node)
        negated.test = ast.UnaryOp(ast.Not(), node.test)
        yield negated


def _boolean(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield ast.BoolOp(other, node.values)


def _compare(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for operator in _COMPARE.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [operator()], node.comparators)


def _constant(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Constant):
        return
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)


def _names(node: ast.AST) -> Iterator[ast.AST]:
    """``sum ↔ mean`` …, and the activation: ``np.tanh(a) → 1 / (1 + np.exp(-a))`` and back."""
    if isinstance(node, ast.Call):
        name = _called(node)
        if name in _NAMES:
            other = copy.deepcopy(node)
            if isinstance(other.func, ast.Attribute):
                other.func.attr = _NAMES[name]
            elif isinstance(other.func, ast.Name):
                other.func.id = _NAMES[name]
            yield other
        if name in ("tanh", "sigmoid") and node.args:
            form = "1 / (1 + np.exp(-(0)))" if name == "tanh" else "np.tanh(0)"
            yield _filled(form, node.args[0])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        inner = _sigmoid_argument(node)
        if inner is not None:
            yield _filled("np.tanh(0)", inner)


def _sigmoid_argument(node: ast.BinOp) -> ast.expr | None:
    """``a`` in ``1 / (1 + np.exp(-a))``."""
    if not (isinstance(node.left, ast.Constant) and node.left.value in (1, 1.0)):
        return None
    for part in ast.walk(node.right):
        if isinstance(part, ast.Call) and _called(part) == "exp" and part.args:
            argument = part.args[0]
            if isinstance(argument, ast.UnaryOp) and isinstance(argument.op, ast.USub):
                return argument.operand
    return None


def _filled(form: str, value: ast.expr) -> ast.expr:
    """The expression ``form`` with its ``0`` replaced."""

    class Fill(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.expr:
            return value if node.value == 0 else node

    return Fill().visit(ast.parse(form, mode="eval").body)


def _call(node: ast.AST) -> Iterator[ast.AST]:
    """Drop the call, a keyword (axis, keepdims, dtype) or swap the first two arguments."""
    if not isinstance(node, ast.Call):
        return
    name = _called(node)
    method = isinstance(node.func, ast.Attribute) and not _is_module(node.func.value)
    if name in _DROPPED:
        if isinstance(node.func, ast.Attribute) and method:
            yield node.func.value
        elif node.args:
            yield node.args[0]
    for i in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, node.keywords[:i] + node.keywords[i + 1 :])
    if len(node.args) >= 2 and name not in _COMMUTATIVE:
        a, b, *rest = node.args
        yield ast.Call(node.func, [b, a, *rest], node.keywords)
    if name == "range" and len(node.args) == 1:
        yield ast.Call(node.func, [ast.Constant(1), *node.args], [])
        yield ast.Call(node.func, [ast.BinOp(node.args[0], ast.Sub(), ast.Constant(1))], [])


def _transpose(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value


def _subscript(node: ast.AST) -> Iterator[ast.AST]:
    """``x[:H] ↔ x[H:]``, ``x[t] → x[t-1]``."""
    if isinstance(node, ast.Slice):
        if (node.lower is None) != (node.upper is None):
            yield ast.Slice(node.upper, node.lower, node.step)
        for side in ("lower", "upper"):
            bound = getattr(node, side)
            if bound is not None and not isinstance(bound, ast.Constant):
                moved = copy.deepcopy(node)
                setattr(moved, side, ast.BinOp(bound, ast.Add(), ast.Constant(1)))
                yield moved
        if node.step is not None:
            yield ast.Slice(node.lower, node.upper, None)
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name):
        index = ast.BinOp(node.slice, ast.Sub(), ast.Constant(1))
        yield ast.Subscript(node.value, index, node.ctx)


def _returned(node: ast.AST) -> Iterator[ast.AST]:
    """Negate what is returned; swap neighbours of a returned tuple; drop its last element."""
    if not isinstance(node, ast.Return) or node.value is None:
        return
    if isinstance(node.value, ast.Tuple):
        items = node.value.elts
        for i in range(len(items) - 1):
            swapped = [*items[:i], items[i + 1], items[i], *items[i + 2 :]]
            yield ast.Return(ast.Tuple(swapped, ast.Load()))
        yield ast.Return(ast.Tuple(items[:-1], ast.Load()))
    elif not isinstance(node.value, ast.Dict):
        yield ast.Return(ast.UnaryOp(ast.USub(), node.value))


def _statement(node: ast.AST) -> Iterator[ast.AST | None]:
    """Remove a statement (a name it should have set then keeps its old value or fails)."""
    plain = isinstance(node, ast.Expr | ast.AugAssign | ast.If | ast.For | ast.Return)
    if plain or (isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name)):
        yield None


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _is_module(node: ast.AST) -> bool:
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    return isinstance(root, ast.Name) and root.id in ("np", "numpy", "math", "torch", "F")


OPERATORS: tuple[Operator, ...] = (
    _binary,
    _augmented,
    _unary,
    _boolean,
    _compare,
    _constant,
    _names,
    _call,
    _transpose,
    _subscript,
    _returned,
    _statement,
)
