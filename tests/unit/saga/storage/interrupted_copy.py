"""A program that copies a tree or a file, and stops in the middle of it until it is told to end.

Arguments: source, target, and how many bytes of a file are written, or files are begun, before it
stops; 0 for a copy that does not stop. It prints `here` then; at the end the bytes it has written.
Of a tree it copies what is new or has changed.
"""

import sys
import threading

from unit.saga.storage.disk_store import DiskStore

from juncture.saga.storage.resumed import only_changed
from juncture.saga.storage.transfer import Request, Transfer


def main(source, target, limit):
    written = []

    def on_write(path, offset):
        written.append(offset)
        if limit and (offset >= limit or len(written) > limit):
            asked = threading.Event()
            transfer._stop.add(asked.set)
            print("here", flush=True)
            asked.wait()

    there = DiskStore("disk://there", on_write)
    request = Request(DiskStore("disk://here"), source, there, target, recursive=True, merge=True)
    request.walk = only_changed
    if not source.endswith("tree"):
        request.recursive = False
    transfer = Transfer([request])
    try:
        outcomes = transfer.run()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(130)
    print(outcomes, min(written, default=0), flush=True)


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
