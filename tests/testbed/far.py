"""What the tests of faults do on a host behind ssh: services, clients in processes of their own.

The far side's disk is this machine's, so tests look at it without the adaptors.
"""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from processes import ENVIRONMENT, PATIENCE_S

from juncture.saga import Context, Session
from juncture.saga.job import Container, Service

_PREAMBLE = """
import os, signal, sys, threading
from juncture.saga import Context, Session
from juncture.saga.job import CANCELED, DONE, FAILED, RUNNING, Container, Service
session = Session(default=False)
if {key!r}:
    session.contexts.append(Context("ssh", user_key={key!r}))
service = Service({url!r}, session)
def sh(line, **more):
    return service.create_job({{"executable": "/bin/sh", "arguments": ["-c", line], **more}})
"""


# An agent, which has no `ja_limit`, asks for the time before each job that it starts.
_HELD = """
juncture_now() {{
    ja_t=1
    [ -n "${{ja_limit:-}}" ] || [ $((ja_begun += 1)) -le {count} ] || read -r ja_ <{fifo}
}}
"""


class Place:
    """A host where jobs run.

    Args:
        url: Of its job services.
        key: A private key; None for this machine.
        folder: A directory there which everybody may write to.
    """

    def __init__(self, url, key, folder):
        self.url = url
        self.key = str(key or "")
        self.folder = Path(folder)
        self.services = []

    def service(self):
        session = Session(default=False)
        if self.key:
            session.contexts.append(Context("ssh", user_key=self.key))
        self.services.append(Service(self.url, session))
        return self.services[-1]

    def close(self):
        for service in self.services:
            service.close()

    def fifo(self):
        """Return the path of a new named pipe that jobs wait for."""
        path = self.folder / f"fifo-{os.urandom(4).hex()}"
        os.mkfifo(path)
        path.chmod(0o666)
        return path

    def tally(self):
        """Return the path of a file in which jobs leave a line when they run."""
        path = self.folder / f"ran-{os.urandom(4).hex()}"
        path.touch()
        path.chmod(0o666)
        return path

    def client(self, program):
        """Start a Python program that has `service` and `sh(line)`."""
        text = _PREAMBLE.format(url=self.url, key=self.key) + textwrap.dedent(program)
        return subprocess.Popen(
            [sys.executable, "-c", text],
            env={**ENVIRONMENT, **os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def shell(service, line, **more):
    """Return a new job that runs a shell line."""
    return service.create_job({"executable": "/bin/sh", "arguments": ["-c", line], **more})


def container(service, lines):
    """Return a container with a job for each shell line."""
    jobs = Container()
    for line in lines:
        jobs.add(shell(service, line))
    return jobs


def hold_after(count, service, fifo):
    """Have a service's agent start so many jobs more, and then wait at a pipe until it is killed.

    However slowly its client hears of them, there are jobs left then.
    """
    service._adaptor.agent._channel.send(_HELD.format(count=count, fifo=fifo))


def release(fifo, text=""):
    """Let the job go on that waits for a pipe; it must be there."""
    descriptor = None
    deadline = time.monotonic() + PATIENCE_S
    while descriptor is None:
        try:
            descriptor = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert time.monotonic() < deadline, "no job reads the pipe"
            subprocess.run(["/bin/sleep", "0.02"], check=True)
    os.write(descriptor, f"{text}\n".encode())
    os.close(descriptor)
