"""The attribute interface."""

import copy
import datetime as dt
import logging
import pickle
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

import juncture.saga as rs
from juncture.saga.attributes import (
    ANY,
    BOOL,
    DICT,
    ENUM,
    FINAL,
    FLOAT,
    INT,
    READONLY,
    SCALAR,
    STRING,
    TIME,
    URL,
    VECTOR,
    Attribute,
    Attributes,
    Callback,
)


class Lamp(Attributes):
    _ATTRIBUTES = (
        Attribute("Colour", STRING, default="white"),
        Attribute("Watts", INT),
        Attribute("Hours", FLOAT),
        Attribute("IsOn", BOOL),
        Attribute("Kind", ENUM, enums=("LED", "Bulb")),
        Attribute("MadeAt", TIME),
        Attribute("Manual", URL),
        Attribute("Rooms", STRING, VECTOR),
        Attribute("Rules", STRING, VECTOR, words=False),
        Attribute("Levels", INT, VECTOR, default=[1]),
        Attribute("Labels", STRING, DICT),
        Attribute("TotalCPUCount", INT),
        Attribute("State", STRING, mode=READONLY, default="New"),
        Attribute("Code", STRING, secret=True),
        Attribute("Extra", ANY),
        Attribute("Power", alias="Watts"),
    )


@pytest.fixture
def lamp():
    return Lamp()


def report(lamp, key, value):
    lamp._attributes_i_set(key, value, flow=lamp._UP)


# One store, three faces


@pytest.mark.parametrize("key", ["total_cpu_count", "TotalCPUCount", "TotalCpuCount"])
def test_every_spelling_and_every_face_is_one_attribute(lamp, key):
    setattr(lamp, key, 1)
    assert lamp[key] == lamp.get_attribute(key) == getattr(lamp, key) == lamp.total_cpu_count == 1
    lamp[key] = 2
    assert lamp.TotalCPUCount == 2
    lamp.set_attribute(key, 3)
    assert lamp.total_cpu_count == 3
    assert lamp.attribute_exists(key)
    del lamp[key]
    assert lamp.total_cpu_count is None


def test_a_seed_and_keywords_set_attributes():
    lamp = Lamp({"Colour": "red"}, watts="40")
    assert lamp.as_dict() == {"Colour": "red", "Levels": [1], "State": "New", "Watts": 40}


def test_a_typo_is_an_error_that_names_what_was_meant(lamp):
    for act in (
        lambda: lamp.wats,
        lambda: setattr(lamp, "wats", 1),
        lambda: lamp["Wats"],
        lambda: lamp.set_attribute("wats", 1),
        lambda: lamp.get_attribute("wats"),
        lambda: lamp.add_callback("wats", print),
        lambda: lamp.remove_attribute("wats"),
        lambda: Lamp(wats=1),
    ):
        with pytest.raises(rs.DoesNotExist, match=r"Lamp has no attribute `\w?ats`") as caught:
            act()
        assert "`watts`" in caught.value.hint
    assert not hasattr(lamp, "wats")
    assert "wats" not in lamp.__dict__


def test_an_odd_name_gets_the_list(lamp):
    with pytest.raises(rs.DoesNotExist) as caught:
        lamp.zzzzzz = 1
    assert "colour" in caught.value.hint


def test_a_method_cannot_be_replaced(lamp):
    with pytest.raises(rs.BadParameter, match="method"):
        lamp.keys = 1
    with pytest.raises(rs.BadParameter, match="hide a method"):

        class Wrong(Attributes):
            _ATTRIBUTES = (Attribute("Keys"),)


def test_a_property_of_the_class_serves_an_attribute():
    class Dimmer(Attributes):
        _ATTRIBUTES = (Attribute("Level", INT),)

        @property
        def level(self):
            return self._level * 10

        @level.setter
        def level(self, value):
            self._level = value

        @property
        def name(self):
            return "dimmer"

    dimmer = Dimmer(level="4")
    assert dimmer.level == dimmer["Level"] == dimmer.Level == 40
    assert dimmer.as_dict() == {"Level": 40}
    assert dimmer.name == "dimmer"
    with pytest.raises(AttributeError):
        dimmer.name = "x"


def test_tables_of_base_classes_are_inherited():
    class Spot(Lamp):
        _ATTRIBUTES = (Attribute("Angle", INT), Attribute("Colour", STRING, default="blue"))

    assert (Spot(angle=3).angle, Spot(watts=2).watts, Spot().colour) == (3, 2, "blue")
    assert not Lamp().attribute_exists("Angle")


# Conversions


@pytest.mark.parametrize(
    ("key", "given_value", "held"),
    [
        ("watts", "40", 40),
        ("watts", 4.0, 4),
        ("hours", "2.5", 2.5),
        ("colour", 3, "3"),
        ("colour", ["a", "b"], "a b"),
        ("colour", b"red", "red"),
        ("is_on", "False", False),
        ("is_on", "yes", True),
        ("is_on", 0, False),
        ("is_on", True, True),
        ("kind", "led", "LED"),
        ("made_at", 12, 12.0),
        ("made_at", "1970-01-01T00:01:00Z", 60.0),
        ("made_at", dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc), 0.0),
        ("rooms", "hall  attic", ["hall", "attic"]),
        ("rooms", ("a b", 3), ["a b", "3"]),
        ("rooms", 3, ["3"]),
        ("rooms", (str(n) for n in range(2)), ["0", "1"]),
        ("rules", "never off", ["never off"]),
        ("rules", ["a b", "c"], ["a b", "c"]),
        ("levels", "1 2", [1, 2]),
        ("labels", {"a": 1}, {"a": "1"}),
        ("labels", ["a=1", "b=x=y"], {"a": "1", "b": "x=y"}),
        ("labels", [("a", 1)], {"a": "1"}),
        ("labels", "a=1:b=2", {"a": "1", "b": "2"}),
        ("labels", "a=1,b=2", {"a": "1", "b": "2"}),
        ("labels", "PATH=/bin:/usr/bin,b=2", {"PATH": "/bin:/usr/bin", "b": "2"}),
        ("labels", "a=", {"a": ""}),
        ("extra", ("left", "alone"), ("left", "alone")),
    ],
)
def test_a_value_is_held_in_its_type(lamp, key, given_value, held):
    setattr(lamp, key, given_value)
    assert getattr(lamp, key) == held
    assert type(getattr(lamp, key)) is type(held)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("watts", "x"),
        ("watts", 3.7),
        ("watts", [1]),
        ("hours", "long"),
        ("is_on", "maybe"),
        ("kind", "candle"),
        ("made_at", "noon"),
        ("levels", "1 x"),
        ("labels", "novalue"),
        ("labels", "=x"),
        ("labels", ["a"]),
        ("labels", 3),
        ("manual", "ssh://h:x/"),
        ("manual", 3),
    ],
)
def test_what_cannot_be_converted_is_refused_and_changes_nothing(lamp, key, value):
    before = getattr(lamp, key)
    with pytest.raises(rs.BadParameter):
        setattr(lamp, key, value)
    assert getattr(lamp, key) == before


def test_a_url_is_a_url(lamp):
    lamp.manual = "http://h/lamp"
    assert lamp.manual == rs.Url("http://h/lamp")


@given(
    st.dictionaries(
        st.from_regex("[A-Z_]{1,5}", fullmatch=True), st.from_regex("[a-z/.]{0,5}", fullmatch=True)
    )
)
def test_a_dictionary_can_be_written_as_one_text(labels):
    lamp = Lamp()
    for separator in ":,":
        lamp.labels = separator.join(f"{key}={value}" for key, value in labels.items()) or {}
        assert lamp.labels == labels


def test_none_takes_the_value_away(lamp):
    lamp.colour = "red"
    lamp.colour = None
    assert lamp.colour == "white"


def test_a_list_is_the_objects_own(lamp):
    rooms = ["hall"]
    lamp.rooms = rooms
    rooms.append("attic")
    assert lamp.rooms == ["hall"]
    lamp.rooms.append("cellar")
    assert lamp.rooms == ["hall", "cellar"]
    lamp.as_dict()["Rooms"].append("x")
    assert lamp.rooms == ["hall", "cellar"]
    lamp.levels.append(2)
    assert lamp.levels == [1, 2]
    assert Lamp().levels == [1]


# Modes


def test_a_read_only_attribute_is_the_implementations(lamp):
    with pytest.raises(rs.BadParameter, match="read-only"):
        lamp.state = "Done"
    with pytest.raises(rs.BadParameter, match="read-only"):
        del lamp.state
    report(lamp, "State", "Done")
    assert lamp.state == "Done"
    assert lamp.attribute_is_readonly("State")
    assert not lamp.attribute_is_writeable("state")
    assert not lamp.attribute_is_removable("State")


def test_a_final_value_stays(lamp):
    lamp._attributes_set_final("watts", 9)
    assert lamp.watts == 9
    with pytest.raises(rs.BadParameter, match="final"):
        lamp.watts = 10
    report(lamp, "watts", 11)
    assert lamp.watts == 9
    assert Lamp(watts=1).watts == 1


def test_an_old_name_leads_to_the_new_one(lamp):
    for act in (
        lambda: setattr(lamp, "power", 5),
        lambda: lamp.get_attribute("Power"),
        lambda: lamp.power,
        lambda: lamp["Power"],
    ):
        with pytest.warns(DeprecationWarning, match="use `watts`"):
            result = act()
    assert result == lamp.watts == 5
    assert "Power" not in lamp.list_attributes()
    assert copy.deepcopy(lamp).watts == 5


# Lists


def test_lists_name_what_has_a_value(lamp):
    lamp.rooms = "hall"
    assert lamp.list_attributes() == ["Colour", "Levels", "Rooms", "State"]
    assert lamp.keys() == list(lamp) == ["colour", "levels", "rooms", "state"]
    assert lamp.items() == list(zip(lamp.keys(), lamp.values(), strict=True))
    assert "Rooms" in lamp
    assert "rooms" in lamp
    assert "watts" not in lamp
    assert 3 not in lamp
    assert len(lamp) == 4
    assert lamp.get("watts", 7) == lamp.get("nonsense", 7) == 7
    assert bool(Attributes())


def test_two_loops_over_one_object_end(lamp):
    assert len([(a, b) for a in lamp for b in lamp]) == 9


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*", ["Colour", "Labels", "Levels", "Rooms", "State"]),
        ("R*", ["Rooms"]),
        ("rooms", ["Rooms"]),
        ("*=*al*", ["Rooms"]),
        ("Levels=1", ["Levels"]),
        ("Labels=a=[12]", ["Labels"]),
        ("*[=nothing", []),
        ("X*", []),
    ],
)
def test_find_attributes(lamp, pattern, found):
    lamp.rooms = "hall attic"
    lamp.labels = {"a": "1"}
    assert lamp.find_attributes(pattern) == found


def test_vectors_are_told_from_scalars(lamp):
    lamp.set_vector_attribute("Rooms", ["a"])
    assert lamp.get_vector_attribute("rooms") == ["a"]
    assert lamp.attribute_is_vector("Rooms")
    assert not lamp.attribute_is_vector("Watts")
    with pytest.raises(rs.IncorrectState):
        lamp.get_vector_attribute("Watts")


def test_update_and_from_dict(lamp):
    lamp.update({"Watts": 1}, colour="red")
    twin = Lamp()
    twin.from_dict({key: value for key, value in lamp.as_dict().items() if key != "State"})
    assert twin.as_dict() == lamp.as_dict()


# Secrets


def test_a_secret_is_hidden_from_people(lamp):
    lamp.code = "geheim"
    assert lamp.code == lamp["Code"] == "geheim"
    assert lamp.as_dict()["Code"] == "***"
    assert "geheim" not in lamp._attributes_dump()
    with pytest.raises(rs.BadParameter, match="hidden"):
        Lamp({"Code": "***"})
    with pytest.raises(rs.BadParameter) as caught:
        lamp.code = b"geheim\xff"
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is None


# Callbacks


def test_a_callback_stays_while_it_says_so(lamp):
    heard = []

    def once(obj, key, value):
        heard.append(("once", obj, key, value))

    def always(obj, key, value):
        heard.append(("always", obj, key, value))
        return True

    cookies = [lamp.add_callback("State", once), lamp.add_callback("state", always)]
    assert len(set(cookies)) == 2
    assert 0 not in cookies
    report(lamp, "state", "Running")
    report(lamp, "state", "Running")
    report(lamp, "state", "Done")
    assert heard == [
        ("once", lamp, "State", "Running"),
        ("always", lamp, "state", "Running"),
        ("always", lamp, "state", "Done"),
    ]


def test_an_object_can_be_a_callback(lamp):
    class Listener(Callback):
        heard = ()

        def cb(self, obj, key, val):
            self.heard = (obj, key, val)

    listener = Listener()
    lamp.add_callback("Watts", listener)
    lamp.watts = 3
    assert listener.heard == (lamp, "Watts", 3)
    with pytest.raises(NotImplementedError):
        Callback()(lamp, "Watts", 3)
    with pytest.raises(rs.BadParameter):
        lamp.add_callback("Watts", 3)


def test_one_callback_can_be_removed(lamp):
    heard = []
    first = lamp.add_callback("Watts", lambda *_: heard.append("first"))
    second = lamp.add_callback("Watts", lambda *_: heard.append("second"))
    lamp.remove_callback("Watts", first)
    lamp.watts = 1
    assert heard == ["second"]
    for cookie in (0, first, second, "x"):
        with pytest.raises(rs.BadParameter):
            lamp.remove_callback("Watts", cookie)


def test_all_callbacks_of_an_attribute_can_be_removed(lamp):
    heard = []
    lamp.remove_callback("Watts")
    lamp.add_callback("Watts", lambda *_: heard.append(1))
    lamp.add_callback("Hours", lambda *_: heard.append(2))
    lamp.remove_callback("Watts")
    lamp.update(watts=1, hours=1)
    assert heard == [2]


def test_a_callback_that_raises_is_logged_and_stays(lamp, caplog):
    lamp.add_callback("Watts", lambda *_: 1 / 0)
    with caplog.at_level(logging.ERROR):
        lamp.watts = 1
        lamp.watts = 2
    assert [entry.exc_info[0] for entry in caplog.records] == [ZeroDivisionError] * 2


def test_a_callback_may_add_and_remove_callbacks(lamp):
    heard = []

    def again(obj, key, value):
        heard.append(value)
        obj.remove_callback(key)
        obj.add_callback(key, again)

    lamp.add_callback("Watts", again)
    lamp.watts = 1
    lamp.watts = 2
    assert heard == [1, 2]


def test_callbacks_can_be_added_by_many_threads(lamp):
    cookies = []
    threads = [
        threading.Thread(
            target=lambda: cookies.extend(lamp.add_callback("Watts", print) for _ in range(200))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(cookies)) == 800


# Copies


@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        lambda lamp: lamp.clone(),
        lambda lamp: lamp.clone(Lamp()),
        lambda lamp: pickle.loads(pickle.dumps(lamp)),  # noqa: S301
    ],
    ids=["copy", "deepcopy", "clone", "clone into", "pickle"],
)
def test_a_copy_has_the_values_and_no_callbacks(lamp, duplicate):
    heard = []
    lamp.add_callback("Watts", lambda *_: heard.append(1))
    lamp._attributes_add_check("hours", lambda _: False)
    lamp.update(watts=1, rooms="hall", code="geheim")
    heard.clear()
    twin = duplicate(lamp)
    assert twin.as_dict() == lamp.as_dict()
    assert twin.code == "geheim"
    twin.watts = 2
    twin.hours = 3
    assert lamp.watts == 1
    assert not heard


def test_a_deep_copy_shares_no_list(lamp):
    lamp.rooms = "hall"
    copy.deepcopy(lamp).rooms.append("attic")
    assert lamp.rooms == ["hall"]


# What derived classes do


def test_an_extensible_object_takes_any_name():
    thing = Attributes({"FirstName": "a"}, other_thing=2)
    assert thing.first_name == thing.FirstName == "a"
    assert thing.as_dict() == {"FirstName": "a", "OtherThing": 2}
    del thing.first_name
    assert not thing.attribute_exists("FirstName")
    with pytest.raises(rs.BadParameter):
        thing["no name"] = 1
    for twin in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):  # noqa: S301
        twin.more = 1
        assert twin.other_thing == 2
        assert not thing.attribute_exists("more")


def test_registering_shapes_one_object():
    thing = Attributes()
    thing._attributes_extensible(False)
    thing._attributes_register("ExitCode", 0, INT, SCALAR, READONLY)
    thing._attributes_register("Mode", None, ENUM)
    thing._attributes_set_enums("Mode", ["fast", "slow"])
    thing._attributes_register_deprecated("Result", "ExitCode")
    thing.mode = "FAST"
    assert (thing.exit_code, thing.mode) == (0, "fast")
    with pytest.warns(DeprecationWarning, match="exit_code"):
        assert thing.get_attribute("Result") == 0
    with pytest.raises(rs.DoesNotExist):
        thing.other = 1
    thing._attributes_camelcasing(False)
    assert thing.as_dict() == {"exit_code": 0, "mode": "fast"}
    thing._attributes_unregister("ExitCode")
    assert not hasattr(thing, "exit_code")
    assert not Attributes().attribute_exists("Mode")
    assert "mode" in thing._attributes_dump("thing").lower()


def test_a_getter_computes_the_value_at_every_read(lamp):
    values = iter(range(5))
    lamp._attributes_set_getter("watts", lambda: next(values))
    assert [lamp.watts, lamp["Watts"], lamp.watts] == [0, 1, 2]
    assert "Watts" in lamp.list_attributes()


def test_a_setter_acts_first_and_its_refusal_is_heard(lamp):
    def refuse(value):
        raise rs.PermissionDenied(f"not {value}")

    lamp._attributes_set_setter("watts", refuse)
    with pytest.raises(rs.PermissionDenied, match="not 3"):
        lamp.watts = "3"
    assert lamp.watts is None
    report(lamp, "watts", 4)
    assert lamp.watts == 4


def test_a_check_can_refuse(lamp):
    lamp._attributes_add_check("watts", lambda value: value < 100 or "too bright")
    lamp.watts = 99
    with pytest.raises(rs.BadParameter, match="too bright"):
        lamp.watts = 100
    assert lamp.watts == 99


def test_global_hooks_serve_a_remote_store():
    remote = {"Colour": "red"}
    calls = []
    thing = Attributes()
    thing._attributes_extensible(
        True, remote.get, remote.__setitem__, lambda: list(remote), lambda *call: calls.append(call)
    )
    assert thing.Colour == "red"
    thing.Size = 3
    assert remote == {"Colour": "red", "Size": 3}
    assert thing.list_attributes() == ["colour", "Size"]
    cookie = thing.add_callback("Size", print)
    assert calls == [("Size", cookie, print)]


def test_force_tells_of_the_same_value(lamp):
    heard = []
    lamp.add_callback("Watts", lambda *call: heard.append(call) or True)
    lamp.watts = 1
    lamp._attributes_i_set("watts", 1)
    lamp._attributes_i_set("watts", 1, force=True)
    assert len(heard) == 2
    assert lamp._attributes_i_get("Watts") == 1


def test_final_is_a_mode_of_the_table():
    class Fixed(Attributes):
        _ATTRIBUTES = (Attribute("Pi", FLOAT, mode=FINAL, default=3.14),)

    with pytest.raises(rs.BadParameter):
        Fixed(pi=3)
    assert Fixed().pi == 3.14
