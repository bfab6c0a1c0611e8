"""A program for radical.saga that works with files; it says the same there and here."""

import os
import sys

import radical.saga as rs
from radical.saga.filesystem import CREATE, CREATE_PARENTS, OVERWRITE, READ, RECURSIVE, WRITE

ROOT = sys.argv[1]
URL = f"file://localhost{ROOT}"


def names(urls):
    return [str(url) for url in urls]


def texts():
    file = rs.filesystem.File(f"{URL}/notes.txt", CREATE | WRITE)
    file.write("grün\nzwei\n")
    print("text:", repr(file.read()), repr(file.read()))
    file.write("neu\n")
    print("whole:", repr(file.read()), file.size)
    rs.filesystem.File(f"{URL}/notes.txt", rs.filesystem.APPEND).write("mehr\n")
    plain = rs.filesystem.File(f"{URL}/notes.txt")
    print("appended:", plain.read().split("\n"))
    plain.write("auch so\n")
    print("opened for reading:", plain.read().strip())
    print(
        "is:",
        plain.is_file(),
        plain.is_dir(),
        plain.is_link(),
        str(plain.url) == f"{URL}/notes.txt",
    )
    plain.close()
    try:
        plain.read()
    except rs.IncorrectState:
        print("closed: IncorrectState")
    try:
        rs.filesystem.File(f"{URL}/nothing.txt")
    except rs.DoesNotExist:
        print("missing: DoesNotExist")


def directories():
    folder = rs.filesystem.Directory(f"{URL}/data/", CREATE_PARENTS)
    print("slash:", str(folder.url) == f"{URL}/data/")
    if not folder.is_dir("sub"):
        folder.make_dir("sub")
    for name in ("b.txt", "a.txt", ".hidden", "c.dat"):
        folder.open(name, CREATE).write(name)
    found = folder.list()
    found.sort(key=str)
    print("list:", names(folder.list()), names(folder.list("*.txt")), len(found + []))
    print("asked:", folder.is_file("nothing"), folder.is_link("nothing"), folder.exists("nothing"))
    folder.link("a.txt", "link")
    print("link:", folder.is_link("link"), folder.is_file("link"), folder.is_dir("link"))
    print("opened:", folder.open("a.txt", READ).read(), type(folder.open_dir("sub")).__name__)
    folder.remove("nothing")
    folder.copy("a.txt", "sub/")
    folder.copy("b.txt", "sub/a.txt")
    print("copied:", folder.open("sub/a.txt").read())
    folder.copy("sub", "other", RECURSIVE)
    folder.copy(f"{URL}/copy", flags=RECURSIVE)
    print("trees:", os.listdir(f"{ROOT}/data/other"), sorted(os.listdir(f"{ROOT}/copy")))
    try:
        folder.make_dir("sub")
    except rs.AlreadyExists:
        print("again: AlreadyExists")


def copies():
    every = OVERWRITE | RECURSIVE | CREATE_PARENTS | CREATE
    for target in (
        "copied.txt",
        f"{ROOT}/copied.txt",
        f"{URL}/copied.txt",
        rs.Url(f"{URL}/copied.txt"),
    ):
        rs.filesystem.File(f"{URL}/notes.txt", OVERWRITE).copy(target)
    rs.filesystem.File(f"{URL}/notes.txt").copy(f"{URL}/new/folder/copied.txt", every)
    print("copies:", os.path.exists(f"{ROOT}/new/folder/copied.txt"))
    rs.filesystem.File(f"{URL}/copied.txt").move(f"{URL}/notes.txt")
    print("moved:", sorted(name for name in os.listdir(ROOT) if name.endswith(".txt")))
    entry = rs.filesystem.File(f"{URL}/notes.txt")
    print(
        "kinds:", isinstance(entry, rs.namespace.Entry), isinstance(entry, rs.filesystem.file.File)
    )


texts()
directories()
copies()
