"""A program that copies between this host and another, and stops in the middle until it is ended.

Arguments: a private key, how (`file`, `tree`, `sync`, `container`), source URL, target URL, and
after how many bytes at this host (of one file) or files (of many) it stops; 0 for not at all. It
prints `here` then; at the end how many bytes of large files were read or written at this host.
"""

import sys
import threading

from juncture.saga import Context, Session, task
from juncture.saga import filesystem as fs
from juncture.saga.storage.local_bytes import LocalReader, LocalWriter
from juncture.saga.storage.pipe import Stop
from juncture.saga.storage.progress import Meter

asked = threading.Event()
"""Whether somebody asked for an end."""
counted = {"bytes": 0, "files": 0}


def count(what, number):
    """Count, and stay here if that is enough."""
    counted[what] += number
    if LIMIT and what == KIND and counted[what] >= LIMIT and not asked.is_set():
        print("here", flush=True)
        asked.wait()


def after(cls, name, told):
    """Have a method's arguments and its result told."""
    method = getattr(cls, name)

    def call(self, *args, **options):
        result = method(self, *args, **options)
        told(args, result)
        return result

    setattr(cls, name, call)


def watch():
    """Count what goes on at this host's side."""
    after(Stop, "set", lambda _, __: asked.set())
    after(LocalReader, "read", lambda _, data: count("bytes", len(data)))
    after(LocalWriter, "write", lambda args, _: count("bytes", len(args[0])))
    after(Meter, "finish", lambda _, __: count("files", 1))


def copy(how, source, target, session):
    """Copy, as a caller of the API does."""
    if how == "file":
        fs.File(source, session=session).copy(target)
    elif how == "container":
        copies = task.Container()
        place = fs.Directory(source, session=session)
        names = [str(name) for name in place.list()]
        for name in names:
            file = fs.File(f"{source}/{name}", session=session)
            copies.add(file.copy(f"{target}/{name}", fs.OVERWRITE, ttype=task.TASK))
        copies.run()
        copies.wait()
        for each in copies.tasks:
            each.get_result()
    else:
        place = fs.Directory(source, session=session)
        if how == "sync":
            place.sync(source, target)
        else:
            folder = target.rpartition("/")[0]  # it gets its own name in there
            place.copy(source, folder, fs.RECURSIVE | fs.OVERWRITE)


def main(key, how, source, target):
    """Copy in a session of its own."""
    watch()
    session = Session(default=False)
    session.contexts.append(Context("ssh", user_key=key))
    try:
        copy(how, source, target, session)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(130)
    print(counted["bytes"], flush=True)


LIMIT = int(sys.argv[5])
KIND = "bytes" if sys.argv[2] == "file" else "files"
main(*sys.argv[1:5])
