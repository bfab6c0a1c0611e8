"""Floor of a task and of an action: the same messages between the same threads, in plain code.

What is left of `client-run` and `action` when everything is taken away but the sockets: no frames,
no tickets, no states, no log. A second process answers; which of its threads, and which of ours,
wake one another is as in juncture.

    exchange.py run|action [--paced]
"""

from __future__ import annotations

import os
import queue
import select
import socket
import sys
import threading

from living import serve, timed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGE = bytes(64)
LINE = bytes(59)
DONE = b"done"


def _serve_runs(sock: socket.socket) -> None:
    """Be a daemon: one thread reads and writes, the main thread does the task, which is nothing."""
    tasks: queue.SimpleQueue[None] = queue.SimpleQueue()
    ended, end = os.pipe()

    def loop() -> None:
        poll = select.epoll()
        for fd in (sock.fileno(), ended):
            poll.register(fd, select.EPOLLIN)
        while True:
            for fd, _ in poll.poll():
                if fd == ended:
                    os.read(ended, 64)
                    sock.sendall(DONE)
                elif sock.recv(4096):
                    sock.sendall(b"accepted")
                    tasks.put(None)
                else:
                    os._exit(0)

    threading.Thread(target=loop, daemon=True).start()
    while True:
        tasks.get()
        os.write(end, b"\0")


def _run(sock: socket.socket) -> Callable[[], None]:
    def run() -> None:
        sock.sendall(MESSAGE)
        while not sock.recv(4096).endswith(DONE):
            pass

    return run


def _serve_actions(sock: socket.socket, output: int) -> None:
    """Be an application: acknowledge, print a line, report."""
    while sock.recv(4096):
        sock.sendall(b"taken")
        os.write(output, LINE)
        sock.sendall(DONE)
    os._exit(0)


def _action(sock: socket.socket, output: int) -> Callable[[], None]:
    """Send from this thread; one thread reads what is answered, another what is printed."""
    done = threading.Event()

    def read_answers() -> None:
        while answer := sock.recv(4096):
            if answer.endswith(DONE):
                done.set()

    def read_lines() -> None:
        while os.read(output, 4096):
            pass

    for read in (read_answers, read_lines):
        threading.Thread(target=read, daemon=True).start()

    def action() -> None:
        done.clear()
        sock.sendall(MESSAGE)
        done.wait()

    return action


def main() -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    output, printed = os.pipe()
    is_run = sys.argv[1] == "run"
    if os.fork() == 0:
        near.close()
        if is_run:
            _serve_runs(far)
        _serve_actions(far, printed)
    far.close()
    os.close(printed)
    serve(timed(_run(near) if is_run else _action(near, output), paced="--paced" in sys.argv))


if __name__ == "__main__":
    main()
