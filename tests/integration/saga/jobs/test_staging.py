"""File transfer directives: any scheme on the local side, directories, and what goes wrong."""

import os
import shutil
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from integration.saga.jobs.conftest import Place
from processes import PATIENCE_S
from testbed import shares

from juncture.saga import Context, Session, exceptions
from juncture.saga.constants import DONE, FAILED

COPY = ("/bin/sh", "-c", "cp -Rp in out")


@pytest.fixture
def shell_only(testbed, tmp_path, monkeypatch):
    """A place on a host that has a shell and no SFTP server."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    host = testbed.add_host(Subsystem="other /bin/true")
    monkeypatch.setenv("JUNCTURE_SSH_CONFIG", testbed.config())
    session = Session(default=False)
    session.contexts.append(Context("ssh", user_key=str(testbed.key)))
    user = testbed.users["bash"]
    found = Place(f"ssh://{user.name}@h{testbed.hosts.index(host)}/", session, user.home)
    yield found
    found.close()
    testbed.stop(host)


def test_a_host_with_a_shell_and_no_sftp_server(shell_only, tmp_path):
    service = shell_only.service()
    data = os.urandom(9 << 20)
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "d" / "sub" / "new\nline").write_bytes(b"x")
    (tmp_path / "d" / ".large").write_bytes(data)
    (tmp_path / "program").write_text("#!/bin/sh\ncp -R in out\n")
    (tmp_path / "program").chmod(0o755)
    job = service.create_job(
        {
            "executable": "./program",
            "working_directory": f"{shell_only.folder}/w-{os.urandom(4).hex()}",
            "file_transfer": [
                f"{tmp_path}/program > program",
                f"{tmp_path}/d > in",
                f"{tmp_path}/d/sub/new\nline >> in/.large",
                f"{tmp_path}/back < out",
                f"{tmp_path}/x << out/sub/new\nline",
            ],
        }
    )
    job.run()
    assert job.wait(PATIENCE_S)
    assert (job.state, job.state_detail) == (DONE, None)
    assert names(tmp_path / "back") == [".large", "sub"]
    assert (tmp_path / "back" / ".large").read_bytes() == data + b"x"
    assert (tmp_path / "x").read_bytes() == b"x"
    bad = service.create_job({"executable": "true", "file_transfer": [f"{tmp_path}/y < none"]})
    bad.run()
    assert bad.wait(PATIENCE_S)
    assert bad.state == FAILED
    assert "not brought back" in bad.state_detail


@pytest.fixture
def stage(run, place):
    """Return a function that runs a program in a directory of its own, with directives."""

    def start(*directives, program=COPY, **more):
        folder = os.path.join(place.folder, f"w-{os.urandom(4).hex()}")
        return run(*program, working_directory=folder, file_transfer=list(directives), **more)

    return start


def names(folder):
    return sorted(os.listdir(folder))


def test_file_urls_in_both_directions(stage, tmp_path):
    (tmp_path / "100% a").write_text("data")
    job = stage(
        f"file://{tmp_path}/100%25 a > in",
        f"file://{tmp_path}/new/b < out",
        f"file://{tmp_path}/c/ < out",
        f"file://{tmp_path}/c/out << out",
    )
    assert (job.state, job.state_detail) == (DONE, None)
    assert (tmp_path / "new" / "b").read_text() == "data"
    assert (tmp_path / "c" / "out").read_text() == "datadata"
    assert names(tmp_path / "c") == ["out"]


def test_directories_come_whole(stage, tmp_path):
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "d" / "sub" / "x").write_text("x")
    (tmp_path / "d" / "link").symlink_to("sub/x")
    (tmp_path / "d" / "x").write_text("1")
    (tmp_path / "d" / "x").chmod(0o750)
    job = stage(
        f"{tmp_path}/d > in/",
        f"{tmp_path}/d/ > in",
        f"{tmp_path}/back < out",
        f"{tmp_path}/b/ < out/",
    )
    assert (job.state, job.state_detail) == (DONE, None)
    for folder in ("back", "b"):
        assert names(tmp_path / folder) == ["d", "link", "sub", "x"]
        assert names(tmp_path / folder / "d") == ["link", "sub", "x"]
        assert os.readlink(tmp_path / folder / "link") == "sub/x"
        assert (tmp_path / folder / "x").stat().st_mode & 0o777 == 0o750


def test_order_counts_where_names_come_twice(stage, tmp_path):
    for name in "abc":
        (tmp_path / name).write_text(name)
    job = stage(
        f"{tmp_path}/a > in",
        f"{tmp_path}/b >> in",
        f"{tmp_path}/back < out",
        f"{tmp_path}/c << out",
        f"{tmp_path}/c < out",
    )
    assert job.state == DONE
    assert (tmp_path / "back").read_text() == (tmp_path / "c").read_text() == "ab"


@pytest.mark.parametrize("place", ["ssh"], indirect=True)
def test_another_host_on_the_local_side(place, testbed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    user = testbed.users["dash"]
    folder = user.home / f"other-{os.urandom(4).hex()}"
    folder.mkdir()
    (folder / "data").write_text("far")
    shutil.chown(folder, user.name)
    service = place.service()
    before = testbed.hosts[0].logins()
    url = f"ssh://{user.name}@h1{folder}"
    job = service.create_job(
        {
            "executable": "cp",
            "arguments": ["in", "out"],
            "working_directory": f"{place.folder}/w",
            "file_transfer": [f"{url}/data > in", f"{url}/result < out", "mine < out"],
        }
    )
    job.run()
    assert job.wait(PATIENCE_S)
    assert (job.state, job.state_detail) == (DONE, None)
    assert (folder / "result").read_text() == (tmp_path / "mine").read_text() == "far"
    assert names(folder) == ["data", "result"]
    # Bytes go to the job's host over the connection that its agent has.
    assert testbed.hosts[0].logins() == before


@pytest.mark.parametrize(
    ("directive", "error", "said"),
    [
        ("out < https://host/x", exceptions.BadParameter, "path on the host of the job"),
        ("in > file:///x", exceptions.BadParameter, "path on the host of the job"),
        ("moon://host/x > in", exceptions.IncorrectURL, "moon"),
        ("ssh://me:s3cr3t@host/x > in", exceptions.BadParameter, "password"),
    ],
)
def test_what_cannot_be_is_refused_at_once(service, directive, error, said):
    with pytest.raises(error, match=said) as caught:
        service.create_job({"executable": "true", "file_transfer": [directive]})
    assert "s3cr3t" not in str(caught.value)


def test_a_file_that_cannot_be_brought_there_is_told(service, tmp_path):
    (tmp_path / "file").touch()
    for directive, error in (
        (f"file://{tmp_path}/none > in", exceptions.DoesNotExist),
        (f"{tmp_path}/file/ > in", exceptions.BadParameter),
        (f"{tmp_path} >> in", exceptions.BadParameter),
    ):
        job = service.create_job({"executable": "true", "file_transfer": [directive]})
        with pytest.raises(error):
            job.run()
        assert job.state == FAILED
        assert job.state_detail.startswith("a file was not brought: "), directive


def test_every_result_is_tried_and_each_failure_told(stage, tmp_path):
    (tmp_path / "in").write_text("data")
    (tmp_path / "wall").touch()
    job = stage(
        f"{tmp_path}/in > in",
        f"{tmp_path}/a < moon",
        f"{tmp_path}/wall/b < out",
        f"{tmp_path}/c < out",
    )
    assert (job.state, job.exit_code) == (FAILED, 0)
    assert job.state_detail.startswith("a file was not brought back: ")
    assert "moon" in job.state_detail
    assert "wall" in job.state_detail
    assert (tmp_path / "c").read_text() == "data"
    assert names(tmp_path) == sorted({"c", "in", "wall", *names(tmp_path)} - {"a"})


def test_the_state_detail_says_how_far_it_is(service, place, tmp_path):
    size = 3 << 20
    (tmp_path / "in").write_bytes(os.urandom(size))
    job = service.create_job(
        {
            "executable": "cp",
            "arguments": ["in", "out"],
            "working_directory": f"{place.folder}/w",
            "file_transfer": [f"{tmp_path}/in > in", f"{tmp_path}/out < out"],
        }
    )
    seen = []
    job.add_callback("StateDetail", lambda job, _, text: seen.append((job.state, text)) or True)
    job.run()
    assert job.wait(PATIENCE_S)
    assert (job.state, job.state_detail) == (DONE, None)
    assert (tmp_path / "out").read_bytes() == (tmp_path / "in").read_bytes()
    told = "1 of 1 names are copied, 3.0 MiB of 3.0 MiB"
    assert [state for state, text in seen if text == told] == ["New", "Running"]
    assert seen[-1][1] is None


@pytest.fixture
def bucket(place):
    """A bucket of a server that speaks S3, and its URL; the session has the key."""
    for module in ("moto", "flask", "s3fs"):
        pytest.importorskip(module)

    with shares.serving("s3") as server:
        endpoint = f"http://127.0.0.1:{server.port}"
        files = shares.s3_files(endpoint)
        name = f"stage-{os.urandom(4).hex()}"
        files.mkdir(name)
        query = f"?endpoint_url={quote(endpoint, safe='')}"
        context = Context("UserPass", user_id="key", user_pass="not-so-secret", remote_host=[name])
        place.session.contexts.append(context)
        yield SimpleNamespace(files=files, name=name, at=lambda path: f"s3://{name}/{path}{query}")


@pytest.fixture
def keyless(monkeypatch):
    """Nothing on this machine tells a key."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def test_files_and_trees_come_from_a_bucket_and_go_into_one(stage, bucket, keyless):
    data = os.urandom(9 << 20)
    tree = {"a b": b"one", "sub/100%": b"two", "sub/large": data}
    for name, content in tree.items():
        bucket.files.pipe_file(f"{bucket.name}/from/{name}", content)
    bucket.files.pipe_file(
        f"{bucket.name}/program", b"#!/bin/sh\ncat extra >> in/sub/large\nmv in out\n"
    )
    job = stage(
        f"{bucket.at('program')} > program",
        f"{bucket.at('from')} > in",
        f"{bucket.at('from/a b')} > extra",
        f"{bucket.at('from/sub/100%25')} >> extra",
        f"{bucket.at('to')} < out",
        f"{bucket.at('one')} < out/a b",
        f"{bucket.at('folder/')} < extra",
        program=("/bin/sh", "./program"),
    )
    assert (job.state, job.state_detail) == (DONE, None)
    tree["sub/large"] += b"onetwo"
    for name, content in tree.items():
        assert bucket.files.cat_file(f"{bucket.name}/to/{name}") == content
    assert bucket.files.cat_file(f"{bucket.name}/one") == b"one"
    assert bucket.files.cat_file(f"{bucket.name}/folder/extra") == b"onetwo"
    found = {path.removeprefix(f"{bucket.name}/") for path in bucket.files.find(bucket.name)}
    assert found == {
        "program",
        "one",
        "folder/extra",
        *(f"{top}/{name}" for top in ("from", "to") for name in tree),
    }


def test_what_is_not_in_a_bucket_is_told(service, bucket, keyless):
    job = service.create_job(
        {"executable": "true", "file_transfer": [f"{bucket.at('nothing')} > in"]}
    )
    with pytest.raises(exceptions.DoesNotExist, match="nothing"):
        job.run()
