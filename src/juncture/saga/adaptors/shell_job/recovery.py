"""What is done when the channel of an agent is lost: it is opened again, and the truth is learned.

A thread of its own tries until the agent is closed, with growing pauses. The old agent is ended
before anything is read, so that nothing is started behind our back. Of each job only what it is now
is told, not what it went through meanwhile.
"""

from __future__ import annotations

import threading

from juncture.saga.adaptors.shell_job.journal import Line
from juncture.saga.exceptions import NoSuccess, SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging

    from juncture.saga.adaptors.shell_job.agent import Agent
    from juncture.saga.adaptors.shell_job.record import Record

_FIRST_DELAY_S = 0.25
_LONGEST_DELAY_S = 30.0


def _log() -> logging.Logger:
    import logging

    return logging.getLogger(__name__)


class Recovery:
    """Brings one agent back, as often as it is lost.

    Args:
        agent: The agent.
    """

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._former: dict[str, int] = {}
        self._is_going_on = False

    def begin(self) -> None:
        """The channel is lost; called in the I/O thread."""
        if not self._is_going_on:
            self._is_going_on = True
            threading.Thread(target=self._recover, name="juncture-jobs-again", daemon=True).start()

    def _recover(self) -> None:
        agent = self._agent
        delay = _FIRST_DELAY_S
        while not agent.is_closed:
            try:
                agent.live_channel().reconnect()  # without the lock: it may wait for a person
                with agent.lock:
                    self._reconnect()
            except SagaException as error:
                _log().info("no connection to %s yet: %s", agent.name, error)
                agent.wait_closed(delay)
                delay = min(2 * delay, _LONGEST_DELAY_S)
            else:
                break
        if agent.is_closed:  # perhaps while it was opened again
            agent.let_go()

    def _reconnect(self) -> None:
        """Open the channel again, and learn from the journals what has happened."""
        agent = self._agent
        channel = agent.live_channel()
        if agent.is_usable and channel.alive:
            return
        if agent.service in agent.clocks:  # it had begun, and may have been sent jobs
            self._former[agent.service] = agent.pid
        channel.reconnect()
        agent.begin_again()
        self._end_former()
        left = self._catch_up()
        self._is_going_on = False
        if not channel.alive:
            raise NoSuccess(f"the connection to {agent.name} is lost again")
        self._former.clear()
        agent.go_on()
        for record in left:
            record.find_again()

    def _end_former(self) -> None:
        agent = self._agent
        now = agent.clocks[agent.service]
        for service, pid in self._former.items():
            then = agent.clocks[service]
            if (now.host, now.boot) == (then.host, then.boot):
                agent.live_channel().run(f"juncture_settle {service} {pid}")

    def _catch_up(self) -> list[Record]:
        """Read what was written meanwhile; return the jobs that have not ended."""
        agent = self._agent
        by_service: dict[str, list[Record]] = {}
        for record in agent.all_records():
            by_service.setdefault(record.service, []).append(record)
        left: list[Record] = []
        for service, records in by_service.items():
            journal = agent.journals.read(service)
            offset = journal.offset  # before its lines: another thread may be reading on
            clock = agent.clocks[service]
            for record in records:
                record.replay(journal.lines(record.number), clock)
                if not record.is_confirmed and service in self._former:
                    record.replay((Line(service, record.number, "unsent", ()),), clock)
            live = [record for record in records if not record.facts.final]
            if live:
                agent.follow(service, offset)
                left += live
        if left:
            # Those whose helper is gone are heard of before it is said that the others are there.
            agent.verify(left)
            agent.live_channel().run(":")
        return left
