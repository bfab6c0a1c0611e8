"""What jobs, their services and hosts return is of the types that a type checker is told."""

import ast
import inspect

from gates.typed_calls import PROGRAM, asserted, class_of, owner, parts, taking

import juncture.saga as rs

LACKING = {"get_stdin", "get_self"}
"""What no shipped adaptor of jobs serves."""


def mistyped(held, said):
    """Return the methods of an object without an effect or an argument that return otherwise."""
    found = []
    for method, call in taking([type(held)]).items():
        name = method.rpartition(".")[2]
        needs_none = all(
            each.default is not each.empty
            for each in [*inspect.signature(call).parameters.values()][1:]
        )
        if needs_none and name.startswith(("get_", "read_", "list")) and name not in LACKING:
            kinds = set().union(*map(parts, said[method][""]))
            value = getattr(held, name)()
            if not isinstance(value, tuple(map(class_of, kinds))):
                found.append(f"{method} returns {kinds}, not {value!r}")
    return found


def test_jobs_and_hosts_return_what_the_calls_say():
    said = asserted(PROGRAM.read_text())
    with rs.job.Service("fork://localhost/") as service, rs.resource.Manager() as manager:
        job = service.run_job("echo a")
        job.wait()
        host = manager.acquire(manager.list()[0])
        assert mistyped(job, said) + mistyped(service, said) == []
        assert mistyped(host, said) + mistyped(manager, said) == []


def test_another_value_is_noticed():
    class Holder:
        def get_odd(self, ttype=None):
            """Return a text."""
            return "odd"

    said = {owner(Holder, "get_odd"): {"": [ast.parse("int | None", mode="eval").body]}}
    assert len(mistyped(Holder(), said)) == 1
