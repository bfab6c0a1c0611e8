import threading

import pytest
from processes import PATIENCE_S

from juncture.errors import DataError
from juncture.runtime import actions_queue
from juncture.runtime.actions_queue import (
    FINAL,
    MOVES,
    ActionFailedError,
    ActionLostError,
    ActionsQueue,
    TicketState,
)
from juncture_client import Action
from juncture_client.protocol import MAX_FRAME_BYTES


def test_first_in_first_out_and_front():
    queue = ActionsQueue()
    for name in "ab":
        queue.enqueue_action(Action(name))
    queue.enqueue_action(Action("c"), front=True)
    assert len(queue) == 3
    assert [queue.dequeue_action().name for _ in range(3)] == ["c", "a", "b"]
    assert queue.dequeue_action() is None
    assert not queue


def test_length_falls_when_an_offer_is_taken_not_before():
    queue = ActionsQueue()
    ticket = queue.enqueue_action(Action("a"))
    assert queue.offer() is ticket
    assert (len(queue), bool(queue), queue.offer(), queue.dequeue_action()) == (1, True, None, None)
    queue.take(ticket)
    assert (len(queue), ticket.state) == (0, TicketState.TAKEN)
    assert not ticket.wait(0)
    queue.finish(ticket, "")
    assert ticket.wait(0)
    ticket.raise_for_failure()


def test_a_withdrawn_offer_keeps_its_place():
    queue = ActionsQueue()
    first, second = (queue.enqueue_action(Action(name)) for name in "ab")
    offered = [queue.offer(), queue.offer()]
    assert offered == [first, second]
    front = queue.enqueue_action(Action("close"), front=True)
    queue.withdraw(second)
    queue.withdraw(first)
    assert [queue.offer() for _ in range(4)] == [front, first, second, None]


def test_failure_and_loss_are_told_apart():
    queue = ActionsQueue()
    failed, lost = (queue.enqueue_action(Action(name)) for name in "ab")
    for ticket in (failed, lost):
        queue.offer()
        queue.take(ticket)
    queue.finish(failed, "ValueError: no")
    queue.lose(lost, "gone")
    queue.lose(failed, "too late")
    with pytest.raises(ActionFailedError, match="action `a` failed: ValueError: no") as caught:
        failed.raise_for_failure()
    assert not isinstance(caught.value, ActionLostError)
    with pytest.raises(ActionLostError, match="action `b` is lost: gone"):
        lost.raise_for_failure()


def test_clear_ends_what_waits_and_leaves_what_is_on_its_way():
    queue = ActionsQueue()
    offered, waiting = (queue.enqueue_action(Action(name)) for name in "ab")
    queue.offer()
    queue.clear("enough")
    assert (waiting.state, waiting.error) == (TicketState.LOST, "enough")
    assert waiting.wait(0)
    assert (offered.state, len(queue)) == (TicketState.QUEUED, 1)


def test_waiting_until_all_is_received():
    queue = ActionsQueue()
    assert queue.wait_until_received(0)
    ticket = queue.enqueue_action(Action("a"))
    assert not queue.wait_until_received(0)
    received = []
    waiter = threading.Thread(target=lambda: received.append(queue.wait_until_received(PATIENCE_S)))
    waiter.start()
    queue.offer()
    queue.take(ticket)
    waiter.join(PATIENCE_S)
    assert received == [True]


def test_subscribers_hear_of_actions_and_withdrawals():
    queue = ActionsQueue()
    heard = []

    def notify():
        heard.append(len(queue))

    queue.subscribe(notify)
    ticket = queue.enqueue_action(Action("a"))
    queue.offer()
    queue.withdraw(ticket)
    queue.unsubscribe(notify)
    queue.unsubscribe(notify)
    queue.enqueue_action(Action("b"))
    assert heard == [1, 1]


def test_arguments_are_read_when_they_are_enqueued():
    queue = ActionsQueue()
    args = {"frame": 1}
    ticket = queue.enqueue_action(Action("render", args))
    args["frame"] = 2
    assert ticket.args_json == b'{"frame": 1}'


@pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}])
def test_what_json_cannot_say_is_refused(value):
    queue = ActionsQueue()
    with pytest.raises(DataError, match="arguments of action `a` cannot be written as JSON"):
        queue.enqueue_action(Action("a", {"value": value}))
    assert not queue


def test_name_that_cannot_be_sent_is_refused():
    queue = ActionsQueue()
    with pytest.raises(DataError, match=r"name of action 'half .ud83c' cannot be written"):
        queue.enqueue_action(Action("half \ud83c"))
    assert not queue


def test_what_is_too_large_to_send_is_refused(monkeypatch):
    monkeypatch.setattr(actions_queue, "_FRAME_OVERHEAD_BYTES", MAX_FRAME_BYTES - 100)
    queue = ActionsQueue()
    with pytest.raises(DataError, match=r"arguments of action `a` are 1.. bytes"):
        queue.enqueue_action(Action("a", {"value": "x" * 100}))
    assert not queue


def test_every_action_can_end_and_no_end_can_be_left():
    states = {state for state, _ in MOVES}
    assert states == set(TicketState) - FINAL
    reached, border = set(), {TicketState.QUEUED}
    while border:
        reached |= border
        border = {to for (state, _), to in MOVES.items() if state in border} - reached
    assert reached == set(TicketState)


def test_a_move_without_a_row_is_an_error():
    queue = ActionsQueue()
    ticket = queue.enqueue_action(Action("a"))
    queue.offer()
    queue.take(ticket)
    with pytest.raises(KeyError):
        queue.take(ticket)


def test_threads_lose_and_double_nothing():
    queue = ActionsQueue()
    seen = []

    def put(base):
        for number in range(500):
            queue.enqueue_action(Action(str(base + number)))

    def take():
        while len(seen) < 1000:
            ticket = queue.offer()
            if ticket is not None:
                queue.take(ticket)
                queue.finish(ticket, "")
                seen.append(int(ticket.action.name))

    threads = [threading.Thread(target=put, args=(base,)) for base in (0, 500)]
    threads += [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert sorted(seen) == list(range(1000))
