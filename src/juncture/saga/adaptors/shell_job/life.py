"""The life of an agent: the shell that it is, where that is, and who uses it.

The agent is one channel to a `sh`. A second channel is opened when something is to be read or
written that is not about starting jobs. An agent that nobody uses any more ends when the last of
its jobs has. To close it does not wait for a host that does not answer.
"""

from __future__ import annotations

import os
import threading

from juncture._util.flag import Flag
from juncture.saga.exceptions import NoSuccess, SagaException, Timeout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from juncture.saga.shell import Channel, Pending, Result

_ANSWER_S = 60.0


def agent_text() -> str:
    """Return the shell functions of the agent."""
    with open(os.path.join(os.path.dirname(__file__), "agent.sh"), encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    return "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("#"))


class Life:
    """The shell of an agent; `open` starts it, `close` lets go of it.

    Args:
        name: What to call the host.
        opener: Opens a channel; it takes `on_event` and `on_lost`.
    """

    def __init__(self, name: str, opener: Callable[..., Channel]) -> None:
        self.name = name
        self.lock = threading.RLock()
        self.service = ""
        self._host = name
        self._home = "/"
        self._folder = ""
        self._greeting: Pending | None = None
        self._opener = opener
        self._users = 0
        self._answered = Flag()
        self._usable = Flag()
        self._closed = Flag()
        self._users_lock = threading.Lock()
        self._data_lock = threading.Lock()
        self._channel: Channel | None = None
        self._data: Channel | None = None

    def event(self, raw: bytes) -> None:
        """Hear what the agent says; called in the I/O thread."""
        raise NotImplementedError

    def lost(self, reason: SagaException) -> None:
        """The channel is lost; called in the I/O thread."""
        raise NotImplementedError

    def is_needed(self) -> bool:
        """Whether the agent has something to do even if nobody uses it."""
        raise NotImplementedError

    @property
    def is_closed(self) -> bool:
        """Whether the agent is of no more use."""
        return self._closed.is_set()

    @property
    def is_usable(self) -> bool:
        """Whether its channel is there, as far as is known."""
        return self._usable.is_set()

    def open(self) -> None:
        """Start the agent.

        Raises:
            SagaException: the host gives no shell.
        """
        self._usable.set()
        try:
            self._channel = self._opener(on_event=self.event, on_lost=self.lost)
            self.begin()
        except BaseException:
            self.close()
            raise

    def take(self) -> bool:
        """Say whether the agent can have one more user, and count it."""
        with self._users_lock:
            if not self._closed.is_set():
                self._users += 1
            return not self._closed.is_set()

    def release(self) -> None:
        """Let go of the agent; it ends when nobody holds it and no job of its own goes on."""
        with self._users_lock:
            self._users -= 1
        self.end_if_unused()

    def close(self) -> None:
        """End the agent; jobs go on."""
        self._closed.set()
        self._usable.set()  # nobody need wait for it any more
        self.let_go()

    def let_go(self) -> None:
        """Close the channels of an agent that is closed."""
        for channel in (self._channel, self._data):
            if channel is not None:
                channel.close()

    def wait_closed(self, timeout: float) -> None:
        """Wait until the agent is closed, or for some seconds."""
        self._closed.wait(timeout)

    def end_if_unused(self) -> None:
        """End an agent that nobody uses and that has nothing to do."""
        with self._users_lock:
            if self._users > 0 or self.is_needed() or self._closed.is_set():
                return
            self._closed.set()
        self.close()

    def begin_again(self) -> None:
        """Make the shell of a channel that was opened again an agent, and learn where it is."""
        self.begin()
        self.greeted()

    def go_on(self) -> None:
        """Serve again."""
        self._usable.set()

    def begin(self) -> None:
        """Make the shell of the channel an agent, with a service of its own."""
        channel = self.live_channel()
        self.service = os.urandom(8).hex()
        self._answered.clear()
        channel.send(agent_text() + f"\njuncture_open {self.service}")
        self._greeting = channel.start('printf "%s\\n%s" "$PWD" "$ja_folder"')

    def greeted(self) -> None:
        """Wait for what the agent says about its host; opening it does not wait for that."""
        greeting = self._greeting
        if greeting is not None:
            said = greeting.result(_ANSWER_S).stdout.decode("utf-8", "surrogateescape")
            self._home, _, self._folder = said.partition("\n")
            self.wait_answer()
            if self._greeting is greeting:  # else it has begun again meanwhile
                self._greeting = None

    @property
    def host(self) -> str:
        """The host's own name for itself."""
        self.greeted()
        return self._host

    @property
    def home(self) -> str:
        """The home directory there."""
        self.greeted()
        return self._home

    @property
    def folder(self) -> str:
        """The directory of records there."""
        self.greeted()
        return self._folder

    def wait_answer(self) -> None:
        """Wait for what the agent says to what it was told last.

        Raises:
            SagaException: it says nothing.
        """
        if not self._answered.wait(_ANSWER_S):
            raise Timeout(f"the job agent on {self.name} does not answer")
        if not self.live_channel().alive:
            raise NoSuccess(f"the connection to {self.name} is lost")

    def live_channel(self) -> Channel:
        """Return the channel.

        Raises:
            NoSuccess: the agent is closed.
        """
        if self._channel is None or self._closed.is_set():
            raise NoSuccess(f"the job agent on {self.name} is closed")
        return self._channel

    def require(self, timeout: float = _ANSWER_S) -> None:
        """Return when the agent can be used.

        Raises:
            NoSuccess: it is closed, or the host cannot be reached.
        """
        if not self._usable.wait(timeout):
            raise NoSuccess(
                f"the connection to {self.name} is lost", hint="it is tried again; so can you"
            )
        self.live_channel()

    # Data ---------------------------------------------------------------------------------------

    def data(self) -> Channel:
        """Return a channel for all that is not about starting jobs."""
        with self._data_lock:
            if self._data is None:
                self._data = self._opener()
            elif not self._data.alive:
                self._data.reconnect()
            return self._data

    def ask(self, command: str) -> Result:
        """Run a command on the host and return its result."""
        return self.data().run(command, isolated=True)
