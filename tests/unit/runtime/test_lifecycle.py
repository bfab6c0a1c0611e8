import logging
import threading

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from processes import PATIENCE_S

from juncture.errors import UsageError
from juncture.runtime import lifecycle
from juncture.runtime import outcome as outcomes
from juncture.runtime.adaptor import Adaptor
from juncture.runtime.lifecycle import (
    MOVES,
    AdaptorRunner,
    AdaptorState,
    LifecycleError,
    describe,
    outcome_of,
)
from juncture.runtime.outcome import Outcome, OutcomeError
from juncture.runtime.semantic_version import SemanticVersion

CALLBACKS = ("start", "run", "stop", "cleanup")


class Scripted(Adaptor):
    """Calls what the test put under the name of a callback."""

    integration_data_interface_version = SemanticVersion(0, 1)

    def __init__(self):
        super().__init__({})
        self.script = {}
        self.called = []

    def _call(self, name):
        self.called.append(name)
        return self.script.get(name, lambda: None)()

    def on_start(self):
        self._call("start")

    def on_run(self, run_data):
        return self._call("run")

    def on_stop(self):
        self._call("stop")

    def on_cleanup(self):
        self._call("cleanup")

    def on_cancel(self):
        self._call("cancel")


def fail():
    raise ValueError("bad")


@pytest.fixture
def adaptor():
    return Scripted()


@pytest.fixture
def runner(adaptor):
    return AdaptorRunner(adaptor=adaptor)


def make(runner, move):
    return runner.run({}) if move == "run" else getattr(runner, move)()


class TestTable:
    def test_every_state_can_be_reached_and_left_for_cleanup(self):
        reached = {AdaptorState.NOT_STARTED, *MOVES.values()}
        assert reached == set(AdaptorState)
        for state in set(AdaptorState) - {AdaptorState.CLEANUP}:
            assert MOVES[state, "cleanup"] is AdaptorState.CLEANUP

    def test_cleanup_is_the_end(self):
        assert not [move for state, move in MOVES if state is AdaptorState.CLEANUP]

    def test_nothing_runs_unless_it_has_started(self):
        for state in (AdaptorState.NOT_STARTED, AdaptorState.FAILED, AdaptorState.STOP):
            assert (state, "run") not in MOVES


class Machine(RuleBasedStateMachine):
    """Any moves in any order, with callbacks that may fail or be canceled."""

    def __init__(self):
        super().__init__()
        self.adaptor = Scripted()
        self.runner = AdaptorRunner(adaptor=self.adaptor)
        self.runner_log = logging.getLogger("juncture.runtime.lifecycle")
        self.runner_log.disabled = True

    def teardown(self):
        self.runner_log.disabled = False

    @rule(
        move=st.sampled_from(CALLBACKS),
        what=st.sampled_from(["return", "raise", "exit", "cancel", "cancel and raise"]),
    )
    def move(self, move, what):
        before = self.runner.state
        self.adaptor.called.clear()

        def act():
            if "cancel" in what:
                could = (before if move != "start" else None, move)
                assert self.runner.cancel() is (move in ("start", "run")), could
                assert not self.runner.cancel()
            if "raise" in what:
                fail()
            if what == "exit":
                raise SystemExit(3)

        self.adaptor.script = {move: act}
        made = outcome_of(lambda: make(self.runner, move), move)
        if (before, move) not in MOVES:
            assert made.kind == "failed"
            assert self.adaptor.called == []
            assert self.runner.state is before
            return
        assert self.adaptor.called[0] == move
        assert made.ok is (what in ("return", "cancel"))
        expected = MOVES[before, move]
        if "cancel" in what and move in ("start", "run"):
            expected = MOVES[expected, "cancel"]
            assert self.adaptor.called == [move, "cancel"]
        if move == "start" and what != "return":
            expected = MOVES[expected, "fail"]
        assert self.runner.state is expected

    @rule()
    def cancel_when_nothing_executes(self):
        before = self.runner.state
        assert not self.runner.cancel()
        assert self.runner.state is before

    @invariant()
    def it_can_always_be_ended(self):
        names = [name for name, _ in self.runner.ending()]
        assert names in ([], ["cleanup"], ["stop", "cleanup"])
        assert (names == []) is (self.runner.state is AdaptorState.CLEANUP)
        assert self.runner.active == ""


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=100, stateful_step_count=12, deadline=None)


def test_whole_life(runner, adaptor):
    for move in ("start", "run", "run", "stop", "cleanup"):
        make(runner, move)
    assert adaptor.called == ["start", "run", "run", "stop", "cleanup"]
    assert runner.number == 5


def test_move_without_a_row_is_an_error_that_names_the_state(runner):
    with pytest.raises(LifecycleError, match="cannot run: it is in state not_started") as raised:
        runner.run({})
    assert raised.value.hint


def test_one_callback_at_a_time(runner, adaptor):
    adaptor.script["start"] = lambda: runner.run({})
    with pytest.raises(LifecycleError, match="busy with start"):
        runner.start()


def test_failed_start_is_only_cleaned_up(runner, adaptor, caplog):
    adaptor.script["start"] = fail
    with pytest.raises(ValueError, match="bad"):
        runner.start()
    assert runner.state is AdaptorState.FAILED
    assert [name for name, _ in runner.ending()] == ["cleanup"]
    assert "openjd_fail: Error encountered while starting adaptor: ValueError: bad" in caplog.text


def test_start_that_exits_with_0_has_started(runner, adaptor):
    def leave():
        raise SystemExit

    adaptor.script["start"] = leave
    assert outcome_of(runner.start, "on_start").ok
    assert runner.state is AdaptorState.START
    runner.run({})


def test_task_that_fails_leaves_the_adaptor_ready(runner, adaptor):
    runner.start()
    adaptor.script["run"] = fail
    with pytest.raises(ValueError, match="bad"):
        runner.run({})
    adaptor.script["run"] = lambda: 5
    assert runner.run({}) == 5


def test_cancel_tells_the_adaptor_before_it_calls_it(runner, adaptor):
    seen = []
    runner.start()
    adaptor.script["cancel"] = lambda: seen.append(adaptor.cancel_requested)
    adaptor.script["run"] = runner.cancel
    runner.run({})
    assert seen == [True]
    adaptor.script["run"] = lambda: adaptor.cancel_requested
    assert runner.run({}) is False


def test_cancel_that_is_meant_for_an_earlier_callback_does_nothing(runner, adaptor):
    runner.start()
    numbers = []
    adaptor.script["run"] = lambda: numbers.append(runner.number)
    runner.run({})
    adaptor.script["run"] = lambda: runner.cancel(numbers[0])
    assert runner.run({}) is False
    adaptor.script["run"] = lambda: runner.cancel(runner.number)
    assert runner.run({}) is True
    assert adaptor.called.count("cancel") == 1


def test_callback_ends_after_the_on_cancel_that_was_for_it(runner, adaptor):
    runner.start()
    canceling, may_end, order = threading.Event(), threading.Event(), []

    def on_cancel():
        canceling.set()
        assert may_end.wait(PATIENCE_S)
        order.append("on_cancel")

    def on_run():
        thread.start()
        assert canceling.wait(PATIENCE_S)

    def run_waits(predicate, timeout):
        may_end.set()
        return wait_for(predicate, timeout)

    thread = threading.Thread(target=runner.cancel)
    wait_for, runner._changed.wait_for = runner._changed.wait_for, run_waits
    adaptor.script.update(cancel=on_cancel, run=on_run)
    runner.run({})
    order.append("run returned")
    thread.join()
    assert order == ["on_cancel", "run returned"]


class HookedLock:
    """A lock that calls `on_release`, if there is one, after each `with` block of it."""

    def __init__(self):
        self._lock = threading.Lock()
        self.acquire, self.release = self._lock.acquire, self._lock.release
        self.on_release = None

    def __enter__(self):
        self.acquire()

    def __exit__(self, *_):
        self.release()
        if self.on_release is not None:
            self.on_release()


@pytest.fixture
def lock(runner):
    runner._lock = HookedLock()
    runner._changed = threading.Condition(runner._lock)
    return runner._lock


def test_cancel_whose_thread_is_held_up_does_not_hit_the_next_callback(runner, adaptor, lock):
    runner.start()
    decided, go_on, seen = threading.Event(), threading.Event(), []
    wait_for = runner._changed.wait_for

    def hold_up():
        if threading.current_thread() is thread:
            lock.on_release = None
            decided.set()
            assert go_on.wait(PATIENCE_S)

    def first_waits(predicate, timeout):
        if not predicate():
            go_on.set()
        return wait_for(predicate, timeout)

    def first():
        lock.on_release = hold_up
        thread.start()
        assert decided.wait(PATIENCE_S)

    def second():
        go_on.set()
        thread.join()
        seen.append(adaptor.cancel_requested)

    thread = threading.Thread(target=runner.cancel)
    runner._changed.wait_for = first_waits
    for adaptor.script["run"] in (first, second):
        runner.run({})
    assert seen == [False]
    assert adaptor.called == ["start", "run", "cancel", "run"]


def test_cancel_that_comes_as_a_callback_ends_does_not_outlive_it(runner, adaptor, lock):
    runner.start()
    may_end, settled, canceled = threading.Event(), threading.Event(), []

    def on_cancel():
        settled.set()
        assert may_end.wait(PATIENCE_S)

    def cancel():
        canceled.append(runner.cancel())
        settled.set()

    def cancel_now():
        lock.on_release = None
        thread.start()
        assert settled.wait(PATIENCE_S)

    def on_run():
        lock.on_release = cancel_now

    thread = threading.Thread(target=cancel)
    adaptor.script.update(cancel=on_cancel, run=on_run)
    runner.run({})
    may_end.set()
    thread.join()
    assert canceled == [False]
    assert adaptor.called == ["start", "run"]


def test_on_cancel_that_hangs_is_given_up(runner, adaptor, monkeypatch, caplog):
    monkeypatch.setattr(lifecycle, "CANCEL_WAIT_S", 0.01)
    runner.start()
    canceling, may_end = threading.Event(), threading.Event()

    def on_cancel():
        canceling.set()
        may_end.wait(PATIENCE_S)

    def on_run():
        thread.start()
        assert canceling.wait(PATIENCE_S)

    thread = threading.Thread(target=runner.cancel)
    adaptor.script.update(cancel=on_cancel, run=on_run)
    runner.run({})
    assert "on_cancel has not returned" in caplog.text
    adaptor.script["run"] = lambda: None
    runner.run({})
    may_end.set()
    thread.join()


def test_failure_beside_a_callback_fails_and_cancels_it(runner, adaptor):
    runner.start()
    error = RuntimeError("beside")
    adaptor.script["run"] = lambda: runner.fail_active(error)
    with pytest.raises(RuntimeError, match="beside"):
        runner.run({})
    assert adaptor.called == ["start", "run", "cancel"]
    runner.fail_active(error)  # nothing executes: nothing to fail
    adaptor.script["run"] = lambda: None
    runner.run({})


def test_failure_beside_the_stop_cancels_nothing(runner, adaptor):
    runner.start()
    adaptor.script["stop"] = lambda: runner.fail_active(RuntimeError("beside"))
    with pytest.raises(RuntimeError, match="beside"):
        runner.stop()
    assert "cancel" not in adaptor.called


class Odd(Exception):  # noqa: N818
    def __str__(self):
        raise RuntimeError


class TestOutcomeOf:
    @pytest.mark.parametrize(
        ("value", "result"),
        [(None, None), (0, 0), ("", ""), ({"a": [1, None]}, {"a": [1, None]}), ((1, 2), [1, 2])],
    )
    def test_a_value_is_a_result(self, value, result):
        assert outcome_of(lambda: value, "x").result == result

    @pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}, b"x", {("a",): 1}])
    def test_value_that_json_cannot_hold_fails(self, value):
        made = outcome_of(lambda: value, "x")
        assert (made.kind, made.exit_status) == ("failed", 1)
        assert "JSON" in made.message

    def test_endless_and_too_large_values_fail(self, monkeypatch):
        endless = []
        endless.append(endless)
        assert outcome_of(lambda: endless, "x").kind == "failed"
        monkeypatch.setattr(lifecycle, "LARGEST_RESULT", 5)
        assert outcome_of(lambda: "abc", "x").ok
        assert "limit of 5" in outcome_of(lambda: "abcd", "x").message

    @pytest.mark.parametrize(
        ("error", "kind", "status"),
        [
            (ValueError("bad"), "failed", 1),
            (KeyboardInterrupt(), "failed", 1),
            (GeneratorExit(), "failed", 1),
            (Odd(), "failed", 1),
            (SystemExit(7), "exited", 7),
            (SystemExit(), "done", 0),
            (UsageError("wrong"), "bad-input", 2),
            (OutcomeError(Outcome(outcomes.CHILD_FAILED, "x", exit_status=42)), "child-failed", 42),
        ],
    )
    def test_nothing_that_is_raised_passes(self, error, kind, status):
        def raise_it():
            raise error

        made = outcome_of(raise_it, "on_run of X")
        assert (made.kind, made.exit_status) == (kind, status)


def test_description_is_one_line_of_bounded_length():
    assert describe(ValueError("a\nb")) == "ValueError: a b"
    assert describe(ValueError()) == "ValueError"
    assert describe(Odd()) == "Odd"
    assert len(describe(ValueError("x" * 10**6))) < 5000
