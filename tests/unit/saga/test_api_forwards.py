"""Every method of a CPI has its method in the API, which passes on all that the CPI declares."""

import inspect

import pytest
from adaptors.saga import echo

import juncture.saga as rs

INTERNAL = {"init_instance", "acquire_by_id"}

METHODS = [
    (api_type, method)
    for api_type in echo.TYPES
    for method in sorted(getattr(echo, echo.class_name(api_type)).cpi_methods - INTERNAL)
    if not method.startswith("container_")
]


@pytest.fixture
def make(engine):
    """Return a function that makes an API object of a type."""
    engine.register_adaptor("adaptors.saga.echo")

    def make(api_type):
        room, _, name = api_type.partition(".")
        url = "[echo://host/]-[1]" if api_type.startswith("resource.") else "echo://host/"
        if name == "Manager":
            url = "echo://host/"
        return getattr(getattr(rs, room), name)(url)

    return make


def value_for(name):
    if name == "jd":
        return rs.job.Description(executable="/bin/true")
    if name == "spec":
        return rs.resource.ComputeDescription(size=4)
    return f"the {name}"


@pytest.mark.parametrize(("api_type", "method"), METHODS)
def test_method_is_forwarded_whole(make, api_type, method):
    api = make(api_type)
    forward = getattr(api, method)
    taken = [name for name in inspect.signature(forward).parameters if name != "ttype"]
    declared = [each.name for each in echo.parameters(api_type, method)]
    assert taken == declared
    given = {name: value_for(name) for name in taken}
    returned = forward(**given)
    if method == "close" and returned is None:
        return  # the API object is closed and hands nothing on
    name, arguments = returned
    assert (name, len(arguments)) == (method, len(declared))
    for sent, received in zip(given.values(), arguments, strict=True):
        assert received == sent or received.as_dict() == sent.as_dict()


@pytest.mark.parametrize(
    ("api_type", "method"),
    [
        row
        for row in METHODS
        if row not in {("job.Service", "close"), ("resource.Manager", "close")}
    ],
)
def test_every_method_takes_a_task_type(make, api_type, method):
    forward = getattr(make(api_type), method)
    taken = [name for name in inspect.signature(forward).parameters if name != "ttype"]
    task = forward(**{name: value_for(name) for name in taken}, ttype=rs.TASK)
    assert task.state == "New"
    task.run()
    assert task.get_result()[0] == method


@pytest.mark.parametrize("api_type", echo.TYPES)
def test_every_object_can_be_created_as_a_task(make, api_type):
    kind = type(make(api_type))
    url = "[echo://host/]-[1]" if issubclass(kind, rs.resource.Resource) else "echo://host/"
    assert kind.create(url).state == "Done"
    task = kind.create(url, ttype=rs.ASYNC)
    assert isinstance(task.get_result(), kind)


def test_acquire_by_id_and_by_description(make):
    manager = make("resource.Manager")
    assert manager.acquire("[echo://host/]-[1]")[0] == "acquire_by_id"
    assert manager.acquire(rs.resource.ComputeDescription(size=4))[0] == "acquire"


def test_an_id_that_names_no_manager():
    with pytest.raises(rs.BadParameter, match="resource id"):
        rs.resource.Compute("17")


def test_a_task_type_may_stand_where_flags_do(make):
    directory = make("filesystem.Directory")
    task = directory.copy("src", "tgt", rs.task.TASK)
    assert (task.state, task.arguments) == ("New", ("src", "tgt", 0))
    assert directory.copy("src", "tgt", rs.filesystem.RECURSIVE)[1] == ("src", "tgt", 2)
    assert directory.copy("src", "tgt", 3)[1] == ("src", "tgt", 3)
