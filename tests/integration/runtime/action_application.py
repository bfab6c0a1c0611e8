"""The application of test_action_channel: `python action_application.py MODE SERVER_PATH`."""

import os
import signal
import sys
import threading

from juncture_client import AdaptorLostError, ClientInterface, protocol
from juncture_client.channel import Channel


def tell(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Application(ClientInterface):
    def __init__(self, server_path):
        super().__init__(server_path)
        self.actions.update(
            noop=lambda args: None,
            write=self.write,
            hang=self.hang,
            fail=self.fail,
            fail_oddly=self.fail_oddly,
            die=lambda args: os.kill(os.getpid(), signal.SIGKILL),
            map=lambda args: self.map_path(args["path"]),
            exit=lambda args: sys.exit(args["status"]),
        )

    def close(self, args):
        tell("closing")

    def graceful_shutdown(self, signum, frame):
        tell(f"shutting down for {signal.Signals(signum).name}")

    def write(self, args):
        with open(args["path"], "w", encoding="utf-8") as file:
            file.write(args["text"])

    def hang(self, args):
        tell("hanging")
        threading.Event().wait()

    def fail(self, args):
        raise ValueError(args["reason"])

    def fail_oddly(self, args):
        class OddError(Exception):
            def __str__(self):
                raise RuntimeError("it cannot say")

        raise OddError


def poll(path):
    before = signal.getsignal(signal.SIGTERM)
    try:
        Application(path).poll()
    except AdaptorLostError as error:
        tell(f"lost: {error}")
        sys.exit(7)
    tell("ended")
    sys.exit(0 if signal.getsignal(signal.SIGTERM) == before else 8)


def map_while_polling(path):
    """R11: one thread waits for actions, two others ask for paths."""
    application = Application(path)
    poller = threading.Thread(target=application.poll)
    poller.start()

    def ask():
        for number in range(100):
            assert application.map_path(f"/job/{number}") == f"/here/{number}"

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    rules = application.path_mapping_rules()
    assert rules == application.path_mapping_rules()
    tell(f"rule {rules[0].source_path} -> {rules[0].destination_path}")
    poller.join()
    tell("ended")


def map_after_fork(path):
    application = Application(path)
    application.map_path("/job/0")
    child = os.fork()
    for number in range(100):
        mapped = application.map_path(f"/job/{number}/{child}")
        assert mapped == f"/here/{number}/{child}", mapped
    if not child:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    application.map_path("/job/end")


def never_acknowledge(path):
    channel = Channel(path, "deaf")
    channel.open()
    channel.write(channel.frame("next"))
    tell(f"received {channel.receive()['name']}")
    threading.Event().wait()


def garbage(path):
    for junk in (b"GET / HTTP/1.0\r\n\r\n", b"\0\0\0\1\0", b"\0\0\0\7\x31"):
        channel = Channel(path, "garbage")
        channel.open()
        channel.write(junk + bytes(100_000))
        try:
            channel.receive()
        except AdaptorLostError:
            tell("refused")
    channel = Channel(path, "liar")
    channel.open()
    channel.write(channel.frame("done", id=1))
    try:
        channel.receive()
    except AdaptorLostError:
        tell("refused")


def other_user(path):
    os.setgroups([])
    os.setuid(65534)
    try:
        channel = Channel(path, "other user")
        channel.open()
    except AdaptorLostError as error:
        tell(f"lost: {error}")


def intruder(path):
    """Another user whose client does not check who serves."""
    import socket

    os.setgroups([])
    os.setuid(65534)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)
        try:
            sock.sendall(protocol.encode("hello", version=protocol.VERSION))
            answer = sock.recv(1000)
        except OSError:
            answer = b""
        tell(f"answer {answer!r}")


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2])
