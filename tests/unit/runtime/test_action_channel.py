"""The adaptor's side of the conversation with one application, without a socket."""

import pytest

from juncture.runtime.action_channel import ActionChannel
from juncture.runtime.actions_queue import ActionsQueue, TicketState
from juncture_client import Action, protocol


class Application:
    """What an application says to a channel, and what it hears."""

    def __init__(self, queue, mapper=None):
        self.channel = ActionChannel(queue, mapper, 0)
        self.connection = protocol.Connection(protocol.CLIENT)
        self.say("hello", version=protocol.VERSION)

    def say(self, name, **fields):
        answer = self.channel.receive(self.connection.send(name, **fields))
        return self.connection.receive(answer + self.channel.offer())

    def offered(self):
        return self.connection.receive(self.channel.offer())


@pytest.fixture
def queue():
    return ActionsQueue()


def test_an_action_that_comes_after_the_farewell_waits_for_the_next_application(queue):
    first = Application(queue)
    first.say("next")
    first.say("bye")
    ticket = queue.enqueue_action(Action("render"))
    assert first.offered() == []
    assert first.channel.end("") is None
    assert ticket.state is TicketState.QUEUED
    (frame,) = Application(queue).say("next")
    assert frame["name"] == "render"


def test_report_and_next_request_may_come_in_one_piece(queue):
    application = Application(queue)
    tickets = [queue.enqueue_action(Action(name)) for name in ("first", "second")]
    (frame,) = application.say("next")
    application.say("taken", id=frame["id"])
    report = application.connection.send("done", id=frame["id"])
    answer = application.channel.receive(report + application.connection.send("next"))
    (frame,) = application.connection.receive(answer + application.channel.offer())
    assert frame["name"] == "second"
    assert [ticket.state for ticket in tickets] == [TicketState.DONE, TicketState.QUEUED]


@pytest.mark.parametrize("text", ["half \ud83c", ValueError("half \ud83c")])
def test_mapping_that_cannot_be_written_is_an_error_that_is_told(queue, text):
    class Mapper:
        path_mapping_rules = ()

        def map_path(self, path):
            if isinstance(text, ValueError):
                raise text
            return text

    (frame,) = Application(queue, Mapper()).say("map_path", id=1, path="/")
    assert "\\ud83c" in frame["error"]
    assert frame["path"] == ""
