"""What a new package may be called, and what follows from its name."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from juncture.cli import new
from juncture.errors import UsageError


@pytest.mark.parametrize(
    ("name", "module", "class_name"),
    [
        ("my-renderer", "my_renderer", "MyRendererAdaptor"),
        ("hello", "hello", "HelloAdaptor"),
        ("solver-2d", "solver_2d", "Solver2dAdaptor"),
        ("maya-adaptor", "maya_adaptor", "MayaAdaptor"),
        ("adaptor", "adaptor", "AdaptorAdaptor"),
        ("new-name", "new_name", "NewNameAdaptor"),
        ("brand-new-name", "brand_new_name", "BrandNewNameAdaptor"),
    ],
)
def test_names_follow_from_the_name(name, module, class_name):
    names = new.names_for(name)
    assert (names.distribution, names.module, names.class_name) == (name, module, class_name)
    assert names.fill("new-name new_name NewNameAdaptor") == f"{name} {module} {class_name}"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("My_Renderer", "use `my-renderer`"),
        ("3d-tool", "use `d-tool`"),
        ("a--b", "use `a-b`"),
        ("-a", "use `a`"),
        ("a\n", "use `a`"),
        ("../a", "use `a`"),
        ("ä", "use a name like `my-renderer`"),
        ("", "use a name like `my-renderer`"),
    ],
)
def test_what_is_no_name_is_refused_with_one_that_is(name, hint):
    with pytest.raises(UsageError, match="cannot be the name of a package") as caught:
        new.names_for(name)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("class", "Python itself uses"),
        ("random", "Python itself uses"),
        ("juncture", "would hide one"),
        ("juncture-client", "would hide one"),
        ("command", "CommandAdaptor"),
        ("base-adaptor", "BaseAdaptor"),
    ],
)
def test_a_name_that_is_taken_is_refused_with_the_reason(name, reason):
    with pytest.raises(UsageError, match=reason) as caught:
        new.names_for(name)
    assert caught.value.hint == f"use a name like `my-{name}`"
    new.names_for(f"my-{name}")


@given(st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True))
def test_a_name_that_is_accepted_makes_identifiers(name):
    try:
        names = new.names_for(name)
    except UsageError:
        return
    assert names.module.isidentifier()
    assert names.class_name.isidentifier()


@example("TOKEN")
@example("Adaptor")
@given(st.text(max_size=12))
def test_the_hint_for_what_is_no_name_is_a_name(name):
    try:
        new.names_for(name)
    except UsageError as error:
        new.names_for(re.search("`(.+)`", error.hint)[1])
