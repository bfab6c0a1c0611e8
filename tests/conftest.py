"""For all tests: signals as a person's shell leaves them.

A shell that runs a command in the background lets it ignore SIGINT and SIGQUIT, and so do its
children; tests that interrupt a program would then wait for ever.
"""

import signal


def pytest_configure():
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)
