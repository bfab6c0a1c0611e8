"""What `typed_program` says of the calls of back-end access, read from its text."""

import ast
import builtins
import functools
import inspect
from pathlib import Path

import juncture.saga as rs

PROGRAM = Path(__file__).with_name("typed_program.py")


def taking(classes):
    """Return the public methods of classes that take a task type: `{name: function}`."""
    found = {}
    for each in classes:
        for name in dir(each):
            if name.startswith("_"):
                continue
            call = inspect.unwrap(getattr(each, name))
            call = getattr(call, "__func__", call)
            if inspect.isfunction(call) and "ttype" in inspect.signature(call).parameters:
                found[owner(each, name)] = call
    return found


def owner(cls, name):
    """Return the name of a method with that of the class which defines it, and its module."""
    definer = next(each for each in cls.__mro__ if name in vars(each))
    return f"{definer.__module__.removeprefix('juncture.saga.')}:{definer.__name__}.{name}"


def asserted(text):
    """Return the types that a program asserts: `{method: {task type as it is given: types}}`."""
    found = {}
    for function in ast.parse(text).body:
        if not isinstance(function, ast.FunctionDef):
            continue
        holders = {each.arg: ast.unparse(each.annotation) for each in function.args.args}
        for call, kind in assertions(function):
            holder = ast.unparse(call.func.value)
            holder = holders.get(holder, holder)
            if not holder.startswith("rs."):
                continue
            method = owner(functools.reduce(getattr, holder.split(".")[1:], rs), call.func.attr)
            given = [ast.unparse(each.value) for each in call.keywords if each.arg == "ttype"]
            found.setdefault(method, {}).setdefault("".join(given), []).append(kind)
    return found


def assertions(function):
    """Yield the method calls in a function of which a type is asserted, with that type."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "assert_type":
            call, kind = node.args
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                yield call, kind


def parts(kind):
    """Return the members of a union, as text."""
    if isinstance(kind, ast.BinOp):
        return parts(kind.left) | parts(kind.right)
    return {ast.unparse(kind)}


def class_of(kind):
    """Return the class of a type as the program writes it."""
    name = kind.partition("[")[0]
    if name == "None":
        return type(None)
    return getattr(builtins, name, None) or functools.reduce(getattr, name.split(".")[1:], rs)
