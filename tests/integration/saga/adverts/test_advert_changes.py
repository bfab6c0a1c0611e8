"""Callbacks that the server pushes, lifetimes by its clock, and writers side by side."""

import os
import subprocess
import sys
import threading

import pytest
from processes import ENVIRONMENT, PATIENCE_S

import juncture.saga as rs
from juncture.saga import advert
from juncture.saga.advert import CREATE, CREATE_PARENTS, RECURSIVE

WRITER = """
import sys
from juncture.saga import advert
entry = advert.Entry(sys.argv[1])
print("ready", flush=True)
for line in sys.stdin:
    key, value = line.split()
    entry[key] = value
"""


@pytest.fixture
def run():
    """Return a function that runs a program in another process, which says when it is ready."""
    started = []

    def run(program, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**ENVIRONMENT, **os.environ},
        )
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def entry(home):
    return home.open("entry", CREATE)


# Pushed changes ---------------------------------------------------------------------------------


def test_another_process_changes_an_attribute(entry, run, heard):
    callback = heard()
    writer = run(WRITER, entry.url)
    entry.add_callback("color", callback)
    for word in ("red", "blue"):
        writer.stdin.write(f"other {word}\ncolor {word}\n")
        writer.stdin.flush()
        assert callback.next() == ("color", word)
    assert callback.told.empty()


def test_what_an_entry_s_callbacks_are_told(entry, home, heard):
    keys = ("x", "Attribute", "Object", "TTL", "Change", "Delete", "New")
    callbacks = {key: heard() for key in keys}
    for key, callback in callbacks.items():
        assert entry.add_callback(key, callback) > 0
    other = home.open("entry")
    other["x"] = [1]
    other["x"] = [1]  # no change
    other["y"] = 2
    other.object = b"thing"
    assert callbacks["Object"].next() == ("Object", b"thing")
    other.ttl = 1000
    del other["x"]
    other.remove()
    home.open("entry", CREATE)
    told = {key: [callback.next()[1]] for key, callback in callbacks.items()}
    for key, callback in callbacks.items():
        told[key] += [value for _, _, value in callback.told.queue]
    assert told == {
        "TTL": [1000.0],
        "Object": [None],
        "x": [[1], None, None],
        "Attribute": ["x", "y", "x"],
        "Change": ["x", "y", "Object", "TTL", "x"],
        "Delete": ["."],
        "New": ["."],
    }


def test_what_a_directory_s_callbacks_are_told(home, heard):
    callbacks = {key: heard() for key in ("New", "Change", "Delete", "Attribute")}
    for key, callback in callbacks.items():
        home.add_callback(key, callback)
    home.make_dir("d")
    home.open("d/inner", CREATE)["x"] = 1
    home.open("e", CREATE)["x"] = 1
    home.move("e", "f")
    home["own"] = 1
    home.remove("d", RECURSIVE)
    told = {key: [] for key in callbacks}
    for key, until in {"New": 3, "Change": 1, "Delete": 2, "Attribute": 1}.items():
        told[key] = [callbacks[key].next()[1] for _ in range(until)]
        assert callbacks[key].told.empty()
    assert told == {
        "New": ["d", "e", "f"],
        "Change": ["e"],
        "Delete": ["e", "d"],
        "Attribute": ["own"],
    }


def test_a_callback_gets_its_object(entry, heard):
    callback = heard()
    entry.add_callback("x", callback)
    entry["x"] = 1
    assert callback.told.get(timeout=PATIENCE_S)[0] is entry


def test_a_callback_has_one_call_unless_it_says_otherwise(entry, heard):
    once, always = heard(stays=None), heard()
    number = entry.add_callback("x", once)
    entry.add_callback("x", always)
    for value in (1, 2):
        entry["x"] = value
        assert always.next() == ("x", value)
    assert once.next() == ("x", 1)
    assert once.told.empty()
    with pytest.raises(rs.BadParameter, match="not registered"):
        entry.remove_callback("x", number)


def test_callbacks_are_removed(entry, heard):
    gone, others, stays = heard(), [heard(), heard()], heard()
    entry.remove_callback("x", entry.add_callback("x", gone))
    for each in others:
        entry.add_callback("x", each)
    entry.remove_callback("x")
    entry.add_callback("Attribute", stays)
    entry["x"] = 1
    assert stays.next() == ("Attribute", "x")
    assert all(each.told.empty() for each in (gone, *others))
    for key, number in (("x", 99), ("y", 1)):
        with pytest.raises(rs.BadParameter, match="not registered"):
            entry.remove_callback(key, number)
    with pytest.raises(rs.BadParameter, match="a callback can be called"):
        entry.add_callback("x", "no function")


def test_a_callback_object_and_one_that_fails(entry, heard, caplog):
    callback = heard()

    class Failing(rs.attributes.Callback):
        def cb(self, obj, key, val):
            raise ValueError("its own slip")

    entry.add_callback("x", Failing())
    entry.add_callback("x", callback)
    for value in (1, 2):
        entry["x"] = value
        assert callback.next() == ("x", value)
    assert caplog.text.count("ValueError: its own slip") == 2


def test_a_callback_may_add_another(entry, heard, home):
    second = heard()
    added = threading.Event()

    def first(obj, _key, _value):
        home.open("other", CREATE).add_callback("y", second)
        added.set()
        return True

    entry.add_callback("x", first)
    entry["x"] = 1
    assert added.wait(PATIENCE_S)
    waiting = heard()
    entry.add_callback("z", waiting)
    home.open("third", CREATE).add_callback("z", heard())  # confirmed after what is before it
    home.open("other")["y"] = 5
    assert second.next() == ("y", 5)


def listeners():
    return [each for each in threading.enumerate() if each.name.startswith("changes of")]


def test_one_thread_listens_and_it_ends_with_the_last_callback(entry, home, heard):
    before = set(listeners())
    entries = [home.open(f"e{n}", CREATE) for n in range(5)]
    for each in entries:
        each.add_callback("x", heard())
    (thread,) = set(listeners()) - before
    for each in entries[1:]:
        each.close()
    callback = heard()
    entries[0].add_callback("x", callback)
    entries[0]["x"] = 1
    assert callback.next() == ("x", 1)
    entries[0].close()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    entry.add_callback("x", callback)
    entry["x"] = 2
    assert callback.next() == ("x", 2)


def test_callbacks_after_a_fork(entry, home, heard):
    callback = heard()
    entry.add_callback("x", callback)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            own = heard()
            mine = home.open("entry")
            mine.add_callback("x", own)
            mine["x"] = "from the child"
            os.write(writer, repr(own.next()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as stream:
        assert stream.read() == b"('x', 'from the child')"
    os.waitpid(child, 0)
    assert callback.next() == ("x", "from the child")


# Lifetimes --------------------------------------------------------------------------------------


def test_an_entry_ends(entry, home, heard):
    gone, told = heard(), heard()
    entry["x"] = 1
    entry.add_callback("Delete", gone)
    home.add_callback("Delete", told)
    entry.set_ttl(0.05)
    assert gone.next() == ("Delete", ".")
    assert told.next() == ("Delete", "entry")
    assert not home.exists("entry")
    with pytest.raises(rs.DoesNotExist):
        entry.list_attributes()


def test_an_attribute_ends_and_the_entry_stays(entry, heard):
    callback = heard()
    entry.add_callback("beat", callback)
    entry["kept"] = 1
    entry.set_attribute("beat", "now", ttl=0.05)
    assert callback.next() == ("beat", "now")
    assert callback.next() == ("beat", None)
    assert entry.as_dict() == {"kept": 1}


def test_a_directory_ends_with_all_that_is_in_it(home, heard):
    home.open("d/e/f", CREATE_PARENTS)
    callback = heard()
    home.open("d/e/f").add_callback("Delete", callback)
    home.set_ttl("d", 0.05)
    assert callback.next() == ("Delete", ".")
    assert home.list() == []


def now(server):
    """Return the time by a server's clock."""
    seconds, us = server.client().time()
    return seconds + us / 1e6


def test_a_ttl_can_be_read_and_taken_back(entry, home, shared_server):
    assert entry.get_ttl() is None
    assert home.get_ttl("entry") is None
    entry.set_ttl(100)
    assert 0 < home.get_ttl("entry") <= 100
    entry.set_ttl(None)
    assert entry.get_ttl() is None
    before = now(shared_server)
    home.set_ttl("entry", 50.5)
    left = entry.ttl
    assert 50.5 - (now(shared_server) - before) - 0.002 <= left <= 50.5
    home.set_ttl("entry", -1)
    assert entry.ttl is None
    home.make_dir("d")
    folder = home.open_dir("d")
    folder.ttl = 70
    assert 0 < folder.ttl <= 70
    for wrong in (0, "1", True, float("nan"), [1]):
        with pytest.raises(rs.BadParameter, match="TTL"):
            entry.set_ttl(wrong)
    with pytest.raises(rs.BadParameter, match="never ends"):
        home.set_ttl(None, 1)
    with pytest.raises(rs.BadParameter, match="no TTL of its own"):
        entry.set_attribute("TTL", 3, ttl=5)


def test_a_ttl_that_is_taken_back_ends_nothing(home, heard):
    callback = heard()
    home.add_callback("Delete", callback)
    ttl = taken_back(home)
    for name in ("gone", "last"):
        home.open(name, CREATE)
    home.set_ttl("last", 1000)
    home.set_ttl("gone", 2 * ttl)
    while callback.next()[1] != "gone":
        pass
    home.set_ttl("last", 0.01)
    assert callback.next()[1] == "last"
    assert home.open("kept").as_dict() == {"x": 1}
    assert home.exists("prolonged")


def taken_back(home):
    """Have `kept` never end and `prolonged` not soon; return the TTL that they and `x` had first.

    It is longer where this machine has not done it before they ended.
    """
    ttl = 0.01
    while True:
        kept = home.open("kept", CREATE)
        home.open("prolonged", CREATE)
        try:
            kept.set_attribute("x", 1, ttl=ttl)
            kept["x"] = 1  # without a TTL: that of before is gone
            for name, other in (("kept", None), ("prolonged", 1000)):
                home.set_ttl(name, ttl)
                home.set_ttl(name, other)
        except rs.DoesNotExist:
            ttl *= 2
        else:
            return ttl


def test_an_end_comes_without_anybody_s_call_in_between(home, url, heard):
    """The one who is told does nothing but wait, and the one who sets the TTL is gone."""
    callback = heard()
    home.add_callback("Delete", callback)
    with advert.Entry(url("/e"), CREATE) as entry:
        entry.set_ttl(0.3)
    del entry
    assert callback.next() == ("Delete", "e")


# Writers side by side ---------------------------------------------------------------------------

CLAIMS = """
import sys
import juncture.saga as rs
from juncture.saga import advert
folder = advert.Directory(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(100):
    try:
        folder.open(f"claim{number}", advert.CREATE | advert.EXCLUSIVE)[sys.argv[2]] = 1
    except rs.AlreadyExists:
        pass
print("done", flush=True)
"""


def test_one_of_many_makes_a_name(home, run):
    writers = [run(CLAIMS, home.url, number) for number in range(4)]
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.stdout.readline() for writer in writers] == ["done\n"] * 4
    assert home.get_num_entries() == 100
    assert all(len(home.open(name)) == 1 for name in home.list())


def test_threads_share_an_entry(entry):
    failed = []

    def work(number):
        try:
            for turn in range(100):
                entry[f"k{number}"] = turn
                assert entry[f"k{number}"] == turn
        except Exception as error:  # noqa: BLE001 - it is told below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert entry.as_dict() == {f"k{number}": 99 for number in range(8)}


def test_every_change_of_many_writers_is_told(home, heard, run):
    callback = heard()
    home.add_callback("New", callback)
    writers = [run(CLAIMS, home.url, number) for number in range(2)]
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert {callback.next()[1] for _ in range(100)} == {f"claim{n}" for n in range(100)}


def test_thousands_of_changes_at_once_are_told_each_and_in_order(home, entry, heard):
    value, new = heard(), heard()
    entry.add_callback("x", value)
    home.add_callback("New", new)
    container = rs.task.Container()
    for number in range(3000):
        container.add(entry.set_attribute("x", number, ttype=rs.TASK))
        container.add(home.make_dir(f"d{number}", ttype=rs.TASK))
    container.run()
    container.wait()
    assert [value.next()[1] for _ in range(3000)] == [*range(3000)]
    assert [new.next()[1] for _ in range(3000)] == [f"d{number}" for number in range(3000)]
    assert value.told.empty()
    assert new.told.empty()


def test_who_hears_too_slowly_is_cut_off_and_still_told_what_is(make_server, heard):
    """The server lets go of a subscriber for whom it would have to keep too much."""
    server = make_server("client-output-buffer-limit pubsub 1mb 1mb 1")
    entry = advert.Entry(server.url("/e"), CREATE)
    began, goes_on, callback = threading.Event(), threading.Event(), heard()

    def slow(*change):
        began.set()
        return goes_on.wait(PATIENCE_S) and callback(*change)

    entry.add_callback("x", slow)
    for number in range(64):
        entry["x"] = [number, "x" * 200_000]
        assert began.wait(PATIENCE_S)
    goes_on.set()
    told = [callback.next()[1][0]]
    while told[-1] != 63:
        told.append(callback.next()[1][0])
    assert told == sorted(set(told))
    assert len(told) < 64  # else nobody was cut off
    entry["x"] = "after"
    assert callback.next() == ("x", "after")


MANY = """
import sys
from juncture.saga import advert
top = advert.Directory(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    entry = top.open(f"all/{number}", advert.CREATE | advert.CREATE_PARENTS)
    entry[f"by {sys.argv[2]}"] = number
    top.open(f"own/{sys.argv[2]}/{number}", advert.CREATE | advert.CREATE_PARENTS)
print("done", flush=True)
"""


def test_twenty_processes_write_into_one_tree(home, run):
    writers = [run(MANY, home.url, number) for number in range(20)]
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.stdout.readline() for writer in writers] == ["done\n"] * 20
    names = {f"by {writer}" for writer in range(20)}
    for number in range(20):
        assert home.open(f"all/{number}").as_dict() == dict.fromkeys(names, number)
        assert home.open_dir(f"own/{number}").get_num_entries() == 20


MOVES = """
import sys
from juncture.saga import advert
folder = advert.Directory(sys.argv[1])
folder.add_callback("New", lambda *_: True)
print("ready", flush=True)
while True:
    folder.move("a", "b")
    folder.move("b", "a")
"""


def test_a_killed_client_leaves_nothing_half_done(home, run, heard):
    for number in range(50):
        home.open(f"a/e{number}", CREATE_PARENTS)["n"] = number
    for _ in range(3):
        mover = run(MOVES, home.url)
        callback = heard()
        home.add_callback("New", callback)
        for _ in range(20):
            callback.next()
        mover.kill()
        mover.wait()
        home.remove_callback("New")
        (name,) = map(str, home.list())
        folder = home.open_dir(name)
        assert sorted(folder.open(each)["n"] for each in folder.list()) == list(range(50))
        if name != "a":
            home.move(name, "a")
