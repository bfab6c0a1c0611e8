"""Any tree, any failures at any calls, and the same copy again: what must hold whatever happens."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.saga.storage import failing_store
from unit.saga.storage.failing_store import AFTER, BEFORE, CANCEL, REFUSED, Plan, Store
from unit.saga.storage.memory_store import ALL

from juncture.saga import Url
from juncture.saga.exceptions import SagaException
from juncture.saga.filesystem import OVERWRITE
from juncture.saga.storage import transfer_large, transfer_small
from juncture.saga.storage.parts import is_part
from juncture.saga.storage.transfer import Canceled, Incomplete, Request, Transfer
from juncture.saga.storage.values import APPENDS, DIRECTORY, FILE, LINK, LINKS, MODES, WHOLE
from juncture.saga.stored import moving
from juncture.saga.stored.places import Place

SMALL_BYTES = 64
PIECE_BYTES = 48
NAMES = st.sampled_from(["a", "b", "c d", "é"])
FILES = st.tuples(
    st.just(FILE), st.sampled_from([0, 1, 40, 64, 65, 200, 1000]), st.sampled_from([0o644, 0o400])
)
LINK_NODES = st.tuples(st.just(LINK), st.sampled_from(["a", "b/c d", "../a", "nowhere"]))
NODES = st.recursive(
    st.one_of(FILES, FILES, LINK_NODES),
    lambda below: st.tuples(
        st.just(DIRECTORY),
        st.dictionaries(NAMES, below, max_size=3),
        st.sampled_from([0o755, 0o700]),
    ),
    max_leaves=10,
)
TREES = st.dictionaries(NAMES, NODES, max_size=4)
# What is in a directory that a link of the target leads to is another matter.
TARGETS = TREES.filter(lambda tree: "'link', '" not in str(tree).replace("'link', 'nowhere", ""))
PART = re.compile(r"/\.([^/]*)\.[0-9a-f]{16}\.part`")
FAULTS = st.dictionaries(
    st.integers(1, 120), st.sampled_from(failing_store.KINDS), min_size=0, max_size=4
)
TRAITS = st.sampled_from(
    [ALL, ALL - {APPENDS}, frozenset({WHOLE}), frozenset({WHOLE, LINKS, MODES})]
)
_numbers = itertools.count()


@pytest.fixture(autouse=True, scope="module")
def short_files():
    """Let what is large begin with few bytes, so that many cases fit in a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transfer_small, "SMALL_BYTES", SMALL_BYTES)
        patch.setattr(transfer_large, "_PIECE_BYTES", PIECE_BYTES)
        patch.setattr(transfer_large, "_TAIL_BYTES", 16)
        yield


def content(path, size, what):
    """Return bytes that no other file, and no other place in this one, has."""
    return (f"{what} {path} ".encode() * (size + 1))[:size]


def grow(store, tree, folder, what):
    """Put a tree into a store."""
    for name, (kind, *rest) in tree.items():
        path = f"{folder}/{name}"
        if kind == FILE:
            store.put(path, content(path.partition("/tree")[2], rest[0], what), rest[1])
            store.nodes[path].mtime = 1000.0 + rest[0]
        elif kind == LINK:
            store.link(path, rest[0])
        else:
            store.dirs(path)
            store.nodes[path].mode = rest[1]
            grow(store, rest[0], path, what)


class Case:
    """A source with a tree, a target with another, and a plan of what fails."""

    def __init__(self, tree, there, traits, faults):
        number = next(_numbers)
        self.plan = Plan({})
        self.source = Store(f"memory://source-{number}", self.plan)
        self.target = Store(f"memory://target-{number}", self.plan, traits)
        self.source.dirs("/tree")
        self.target.dirs("/")
        if there is not None:
            self.target.dirs("/tree")
            grow(self.target, there, "/tree", "old")
        grow(self.source, tree, "/tree", "new")
        self.old = self.nodes(self.target)
        self.new = self.nodes(self.source)
        self.plan.faults = dict(faults)

    def nodes(self, store):
        """Return what is at each path below the tree, parts left out."""
        return {
            path: (node.kind, node.text or bytes(node.data))
            for path, node in store.nodes.items()
            if path.startswith("/tree") and not is_part(path.rpartition("/")[2])
        }

    def parts(self, store):
        return [path for path in store.nodes if is_part(path.rpartition("/")[2])]

    def copy(self, *, replace, checksum=None):
        request = Request(
            self.source, "/tree", self.target, "/tree", replace=replace, recursive=True, merge=True
        )
        transfer = Transfer([request], checksum=checksum)
        self.plan.cancel = transfer.cancel
        (outcome,) = transfer.run()
        return outcome

    def missing(self):
        """Return the names of the source that the target has not as they are."""
        found = self.nodes(self.target)
        return [path for path, node in self.new.items() if found.get(path) != node]

    def check_nothing_is_half(self):
        for path, node in self.nodes(self.target).items():
            assert node in (self.new.get(path), self.old.get(path)), path

    def check_all_that_differs_is_named(self, outcome):
        if isinstance(outcome, Canceled):
            return
        failures = outcome.failures if isinstance(outcome, Incomplete) else [outcome]
        told = "\n".join(str(each) for each in failures if each is not None)
        said = PART.sub(r"/\1`", told)
        for path in self.missing():
            above = [path, *itertools.accumulate(path.split("/")[1:], lambda a, b: f"{a}/{b}")]
            assert any(f"/{each.lstrip('/')}`" in said for each in above), (path, said)

    def check_modes(self):
        if MODES in self.target.traits:
            for path, (kind, _) in self.new.items():
                if kind == FILE:
                    assert self.target.nodes[path].mode == self.source.nodes[path].mode, path

    def check_again(self):
        """Check what another call makes of it when nothing fails any more."""
        self.plan.faults = {}
        outcome = self.copy(replace=True)
        if outcome is None:
            assert self.missing() == []
            self.check_modes()
        else:  # files and directories in each other's places
            assert not isinstance(outcome, Canceled)
            self.check_all_that_differs_is_named(outcome)
            assert any(self.old[path][0] != kind for path, (kind, _) in self.new.items()
                       if path in self.old)  # fmt: skip
        self.check_nothing_is_half()


LONG = settings(max_examples=120, print_blob=True)


@LONG
@given(
    tree=TREES,
    there=st.none() | TARGETS,
    traits=TRAITS,
    faults=FAULTS,
    replace=st.booleans(),
    checksum=st.sampled_from([None, None, "md5"]),
)
def test_a_copy_is_whole_or_says_what_is_not(  # noqa: PLR0917 - one for each strategy
    tree, there, traits, faults, replace, checksum
):
    case = Case(tree, there, traits, faults)
    outcome = case.copy(replace=replace, checksum=checksum)
    case.check_nothing_is_half()
    case.check_all_that_differs_is_named(outcome)
    assert case.nodes(case.source) == case.new
    case.check_again()
    if not case.plan.met & {REFUSED, BEFORE, AFTER}:
        assert case.parts(case.target) == []


@LONG
@given(
    sizes=st.lists(st.sampled_from([0, 1, 64, 65, 1000]), min_size=1, max_size=12),
    taken=st.sets(st.integers(0, 11)),
    unwanted=st.sets(st.integers(0, 11), max_size=2),
    traits=TRAITS,
    faults=FAULTS,
    replace=st.booleans(),
)
def test_each_of_many_copies_has_its_own_outcome(  # noqa: PLR0917 - one for each strategy
    sizes, taken, unwanted, traits, faults, replace
):
    tree = {str(number): (FILE, size, 0o644) for number, size in enumerate(sizes)}
    there = {str(number): (FILE, 7, 0o644) for number in taken}
    case = Case(tree, there, traits, faults)
    requests = [
        Request(
            case.source,
            f"/tree/{number}",
            case.target,
            f"/tree/{number}",
            replace=replace,
            is_wanted=(lambda: False) if number in unwanted else None,
        )
        for number in range(len(sizes))
    ]
    transfer = Transfer(requests)
    case.plan.cancel = transfer.cancel
    outcomes = transfer.run()
    case.check_nothing_is_half()
    missing = case.missing()
    for number, outcome in enumerate(outcomes):
        path = f"/tree/{number}"
        if outcome is None:
            assert path not in missing
        elif number in unwanted or (number in taken and not replace):
            assert case.nodes(case.target).get(path) == case.old.get(path)
    assert all(outcomes[number] for number in unwanted if number < len(sizes))


@LONG
@given(tree=NODES, traits=TRAITS, faults=FAULTS, replace=st.booleans(), there=st.booleans())
def test_a_move_loses_nothing(tree, traits, faults, replace, there):
    faults = {number: kind for number, kind in faults.items() if kind != CANCEL}
    case = Case({"x": tree}, {"x": (FILE, 7, 0o644)} if there else {}, traits, faults)
    ends = [
        Place(None, store, "/tree/x", Url("memory://x/")) for store in (case.source, case.target)
    ]
    is_done = moves(ends, OVERWRITE if replace else 0)
    case.check_nothing_is_half()
    left = case.nodes(case.source)
    for path in case.missing():
        assert left.get(path) == case.new[path], f"{path} is lost"
    if not is_done and "/tree/x" in left:
        case.plan.faults = {}
        is_done = moves(ends, OVERWRITE)
        assert is_done is not (there and tree[0] == DIRECTORY)
    if is_done:
        assert case.missing() == []
        assert set(case.nodes(case.source)) == {"/tree"}


def moves(ends, flags):
    """Move a name; say whether that was done."""
    try:
        moving.move(*ends, flags)
    except SagaException:
        return False
    return True
