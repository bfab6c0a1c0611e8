"""For all tests: signals as a person's shell leaves them.

A shell that runs a command in the background lets it ignore SIGINT and SIGQUIT, `nohup` SIGHUP, and
its children ignore them, too; tests that interrupt a program would then wait for ever.
"""

import signal


def pytest_configure():
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGQUIT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
