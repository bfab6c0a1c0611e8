"""What SMB has of its own: accounts, shares, names that it cannot have, files that others have."""

import os

import pytest
from testbed import samba

import juncture.saga as rs
from juncture.saga import filesystem as files
from juncture.saga.filesystem import CREATE, OVERWRITE, WRITE

NO_NAMES = (
    "a:b",
    "what?",
    "a*",
    'a"',
    "a|b",
    "a<b",
    "new\nline",
    "dot.",
    "blank ",
    "nul",
    "com1.txt",
)


def test_two_accounts_of_one_host_are_two(smb_share, here):
    smb_share.put("file", b"content")
    (here / "new").write_bytes(b"new")
    url = smb_share.url("file")
    own, reader = files.File(url), files.File(url.replace(samba.USER, samba.READER, 1))
    assert own.read() == reader.read() == b"content"
    with pytest.raises(rs.PermissionDenied):
        files.File(f"file://{here}/new").copy(url.replace(samba.USER, samba.READER, 1), OVERWRITE)
    assert smb_share.get("file") == b"content"
    with pytest.raises(rs.AuthenticationFailed):
        files.File(url.replace(":s3cret", ":wrong"))
    with pytest.raises(rs.AuthenticationFailed):
        files.File(url.replace(f"{samba.USER}:", "nobody-here:"))


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_no_file_there_can_have(smb_share, name):
    folder = files.Directory(smb_share.url())
    with pytest.raises(rs.BadParameter, match="no name that SMB can have"):
        folder.open(name, CREATE | WRITE)
    with pytest.raises(rs.BadParameter, match="no name that SMB can have"):
        folder.make_dir(name)
    assert not folder.exists(name)
    assert smb_share.names() == []


def test_a_share_that_is_not_there_and_one_that_is_not_named(smb_server):
    with pytest.raises(rs.DoesNotExist, match="no share"):
        files.Directory(smb_server.url().replace(samba.SHARE, "nothing"))
    root = files.Directory(smb_server.url().removesuffix(samba.SHARE))
    with pytest.raises(rs.NotImplemented, match="cannot list its shares"):
        list(root.list())


def test_what_somebody_has_open_is_read_and_not_replaced(smb_share, here):
    smb_share.put("file", b"old" * 1000)
    (here / "new").write_bytes(b"new")
    opened = files.File(smb_share.url("file"))
    assert opened.read(3) == b"old"
    store = files.Directory(smb_share.url())._adaptor._place.store
    path = rs.Url(smb_share.url("file")).path
    reader = store.open_read(path)
    with pytest.raises(rs.PermissionDenied, match="has it open"):
        files.File(f"file://{here}/new").copy(smb_share.url("file"), OVERWRITE)
    assert reader.read(6) == b"oldold"
    reader.close()
    assert smb_share.names() == ["file"]
    opened.close()
    files.File(f"file://{here}/new").copy(smb_share.url("file"), OVERWRITE)
    assert smb_share.get("file") == b"new"


def test_a_connection_that_was_lost_is_made_again(tmp_path):
    if reason := samba.why_not():
        pytest.skip(reason)
    with samba.serving() as server:
        (server.folder / "file").write_bytes(b"content")
        folder = files.Directory(server.url())
        assert folder.get_size("file") == 7
        server.end()
        with pytest.raises(rs.NoSuccess, match="out of reach"):
            folder.get_size("file")
        server.start()
        assert folder.get_size("file") == 7


def test_a_copy_over_there_keeps_its_time(smb_share):
    smb_share.put("file", os.urandom(3 << 20))
    folder = files.Directory(smb_share.url())
    folder.set_mtime("file", 1_234_567_890.25)
    folder.copy("file", "other")
    assert smb_share.get("other") == smb_share.get("file")
    assert folder.get_mtime("other") == 1_234_567_890.25
