"""An adaptor for every API type: each method returns its own name and arguments."""

import inspect

import juncture.saga as rs
from juncture.saga.cpi.base import declaration
from juncture.saga.cpi.decorators import is_stub
from juncture.saga.engine.validation import cpi_class

TYPES = [
    "job.Service",
    "resource.Manager",
    "resource.Resource",
    "resource.Compute",
    "resource.Storage",
    "resource.Network",
    "namespace.Entry",
    "namespace.Directory",
    "filesystem.File",
    "filesystem.Directory",
    "replica.LogicalFile",
    "replica.LogicalDirectory",
    "advert.Entry",
    "advert.Directory",
]


def class_name(api_type):
    return "Echo" + api_type.replace(".", "")


def echo(name):
    def method(self, *arguments):
        return name, arguments

    return method


for each in TYPES:
    base = cpi_class(each)
    methods = {name: echo(name) for name in base.cpi_methods if is_stub(getattr(base, name))}
    globals()[class_name(each)] = type(class_name(each), (base,), methods)


def parameters(api_type, method):
    """Return the parameters that the CPI declares for a method."""
    declared = declaration(globals()[class_name(api_type)], method)
    return list(inspect.signature(declared).parameters.values())[1:]


class Adaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        cpis = [{"type": f"rs.{each}", "class": class_name(each)} for each in TYPES]
        rs.cpi.AdaptorBase.__init__(
            self, {"name": "test.echo", "version": "v1", "schemas": ["echo"], "cpis": cpis}
        )
