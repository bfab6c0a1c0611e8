"""A process that writes into a catalogue: `writer.py URL NAME COUNT`, or `writer.py URL hang`."""

import sys

from juncture.saga import replica
from juncture.saga.replica import CREATE, CREATE_PARENTS


def main(url, name, count=0):
    print("ready", flush=True)
    sys.stdin.readline()
    root = replica.LogicalDirectory(url, CREATE)
    if name == "hang":
        with root._adaptor._place.writing() as catalogue:
            catalogue.make("/half", "directory")
            catalogue.make("/half/made", "file")
            print("writing", flush=True)
            sys.stdin.readline()
        return
    for number in range(int(count)):
        path = f"all/{number % 7}/{number}"
        file = root.open(path, CREATE | CREATE_PARENTS)
        file.add_location(f"ssh://{name}/{number}")
        file.set_attribute(name, str(number))
        if number % 10 == 0:
            folder = root.open_dir(f"own/{name}", CREATE | CREATE_PARENTS)
            folder.make_dir(f"{number}")
            root.move(f"own/{name}/{number}", f"moved/{name}-{number}", CREATE_PARENTS)


main(*sys.argv[1:])
