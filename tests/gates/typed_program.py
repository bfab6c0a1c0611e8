"""A program of somebody who has a type checker look at it: every call says what it returns.

It is checked and never run. `test_public_types` has mypy and pyright read it, and holds that it has
each public method that takes a task type, once without and once with one.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BufferedRandom, RawIOBase
from typing import IO, Any

from typing_extensions import assert_type

import juncture.saga as rs
from juncture.saga.storage.sync import Change

Changes = list[Change | rs.SagaException]

# What a pipeline does ---------------------------------------------------------------------------


def credentials() -> rs.Session:
    session = rs.Session(default=False)
    context = rs.Context("UserPass", user_id="bob")
    session.add_context(context)
    assert_type(context.user_id, str | None)
    assert_type(session.contexts[0], rs.Context)
    assert_type(session.contexts[:1], list[rs.Context])
    assert_type(session.list_contexts(), list[rs.Context])
    assert_type([each.type for each in session.contexts], list[str])
    return session


def render(session: rs.Session) -> list[str]:
    with rs.job.Service("ssh://host/", session) as service:
        assert_type(service.url, rs.Url)
        assert_type(service.jobs, list[str])
        assert_type(service.session, rs.Session)
        jobs = rs.job.Container()
        for frame in range(2):
            jobs.add(service.create_job({"executable": "render", "arguments": [str(frame)]}))
        jobs.run()
        assert_type(jobs.jobs, list[rs.job.Job])
        assert_type(jobs.states, list[str])
        assert_type(jobs.wait(), rs.job.Job | None)
        for job in jobs.completions():
            assert_type(job, rs.job.Job)
            assert_type(job.id, str | None)
            assert_type(job.state, str)
            assert_type(job.exit_code, int | None)
            assert_type(job.stdout, str)
            assert_type(job.description, rs.job.Description | None)
            assert_type(job.get_result(), int | None)
        return [job.state for job in jobs]


async def later(service: rs.job.Service, file: rs.filesystem.File) -> int:
    job = await service.create_job({"executable": "true"}, ttype=rs.ASYNC)
    assert_type(job, rs.job.Job)
    assert_type(await job, str)
    assert_type(await rs.job.Service.create("ssh://host/", ttype=rs.ASYNC), rs.job.Service)
    assert_type(await file.read(ttype=rs.ASYNC), bytes)
    return await file.get_size(ttype=rs.ASYNC)


def collect(directory: rs.filesystem.Directory, how: int | None) -> int:
    tasks = rs.Container()
    for name in directory.list("*.exr"):
        assert_type(name, rs.Url)
        tasks.add(directory.copy(name, "ssh://host/frames/", ttype=rs.TASK))
    tasks.run()
    tasks.wait()
    assert_type(tasks.tasks, list[rs.Task[Any]])
    assert_type(tasks.size, int)
    with directory.open("a") as file:
        assert_type(file, rs.filesystem.File)
        assert_type(file.as_file(), BufferedRandom)
        assert_type(file.as_file(0), RawIOBase)
    task = directory.get_size(ttype=rs.SYNC)
    assert_type(task.result, int | None)
    assert_type(task.exception, BaseException | None)
    assert_type(directory.get_size("a", ttype=how), int | rs.Task[int])
    return task.get_result()


def properties_of_names(entry: rs.namespace.Entry, file: rs.filesystem.File) -> None:
    assert_type(entry.url, rs.Url)
    assert_type(entry.cwd, rs.Url)
    assert_type(entry.name, str)
    assert_type(entry.owner, str)
    assert_type(entry.group, str)
    assert_type(entry.mtime, float)
    assert_type(entry.mode, int)
    assert_type(file.size, int)
    file.mtime = 0.0
    file.mode = 0o644


def properties_of_folders(
    folder: rs.filesystem.Directory,
    logical: rs.replica.LogicalDirectory,
    of: rs.replica.LogicalFile,
) -> None:
    assert_type(folder.size, int)
    assert_type(folder.mtime, float)
    assert_type(folder.mode, int)
    assert_type(logical.size, int)
    assert_type(of.size, int)


def properties_of_adverts(entry: rs.advert.Entry, directory: rs.advert.Directory) -> None:
    assert_type(entry.ttl, float | None)
    assert_type(directory.ttl, float | None)
    assert_type(entry["a"], Any)
    assert_type(entry.as_dict(), dict[str, Any])
    entry.ttl = None
    directory.ttl = 1.0


def properties_of_resources(manager: rs.resource.Manager, resource: rs.resource.Resource) -> None:
    assert_type(manager.url, rs.Url)
    assert_type(resource.id, str)
    assert_type(resource.rtype, int)
    assert_type(resource.state, int | None)
    assert_type(resource.state_detail, str)
    assert_type(resource.access, str | None)
    assert_type(resource.manager, rs.Url)
    assert_type(resource.description, rs.resource.Description)


def own_task() -> rs.Task[int]:
    return rs.Task(work=lambda: 3)


# Every call -------------------------------------------------------------------------------------


def calls_of_namespace_entry(entry: rs.namespace.Entry) -> None:  # noqa: PLR0915 - a line a call
    assert_type(rs.namespace.Entry.create("a"), rs.Task[rs.namespace.Entry])
    assert_type(rs.namespace.Entry.create("a", ttype=rs.TASK), rs.Task[rs.namespace.Entry])
    assert_type(rs.namespace.Entry.create("a", ttype=None), rs.namespace.Entry)
    assert_type(entry.get_url(), rs.Url)
    assert_type(entry.get_url(ttype=rs.TASK), rs.Task[rs.Url])
    assert_type(entry.get_cwd(), rs.Url)
    assert_type(entry.get_cwd(ttype=rs.TASK), rs.Task[rs.Url])
    assert_type(entry.get_name(), str)
    assert_type(entry.get_name(ttype=rs.TASK), rs.Task[str])
    assert_type(entry.is_dir(), bool)
    assert_type(entry.is_dir(ttype=rs.TASK), rs.Task[bool])
    assert_type(entry.is_entry(), bool)
    assert_type(entry.is_entry(ttype=rs.TASK), rs.Task[bool])
    assert_type(entry.is_link(), bool)
    assert_type(entry.is_link(ttype=rs.TASK), rs.Task[bool])
    assert_type(entry.read_link(), rs.Url)
    assert_type(entry.read_link(ttype=rs.TASK), rs.Task[rs.Url])
    assert_type(entry.copy("b"), None)
    assert_type(entry.copy("b", ttype=rs.TASK), rs.Task[None])
    assert_type(entry.link("b"), None)
    assert_type(entry.link("b", ttype=rs.TASK), rs.Task[None])
    assert_type(entry.move("b"), None)
    assert_type(entry.move("b", ttype=rs.TASK), rs.Task[None])
    assert_type(entry.remove(), None)
    assert_type(entry.remove(ttype=rs.TASK), rs.Task[None])
    assert_type(entry.get_mtime(), float)
    assert_type(entry.get_mtime(ttype=rs.TASK), rs.Task[float])
    assert_type(entry.set_mtime(0.0), None)
    assert_type(entry.set_mtime(0.0, ttype=rs.TASK), rs.Task[None])
    assert_type(entry.get_mode(), int)
    assert_type(entry.get_mode(ttype=rs.TASK), rs.Task[int])
    assert_type(entry.set_mode(0o644), None)
    assert_type(entry.set_mode(0o644, ttype=rs.TASK), rs.Task[None])
    assert_type(entry.get_owner(), str)
    assert_type(entry.get_owner(ttype=rs.TASK), rs.Task[str])
    assert_type(entry.get_group(), str)
    assert_type(entry.get_group(ttype=rs.TASK), rs.Task[str])
    assert_type(entry.permissions_allow("*", rs.permissions.READ), None)
    assert_type(entry.permissions_allow("*", rs.permissions.READ, ttype=rs.TASK), rs.Task[None])
    assert_type(entry.permissions_deny("*", rs.permissions.READ), None)
    assert_type(entry.permissions_deny("*", rs.permissions.READ, ttype=rs.TASK), rs.Task[None])
    assert_type(entry.permissions_check("*", rs.permissions.READ), bool)
    assert_type(entry.permissions_check("*", rs.permissions.READ, ttype=rs.TASK), rs.Task[bool])
    assert_type(entry.permissions_list(), dict[str, int])
    assert_type(entry.permissions_list(ttype=rs.TASK), rs.Task[dict[str, int]])
    assert_type(entry.close(), None)
    assert_type(entry.close(ttype=rs.TASK), rs.Task[None])


def calls_of_namespace_directory(directory: rs.namespace.Directory) -> None:  # noqa: PLR0915 - as above
    assert_type(directory.is_dir(), bool)
    assert_type(directory.is_dir(ttype=rs.TASK), rs.Task[bool])
    assert_type(directory.is_entry(), bool)
    assert_type(directory.is_entry(ttype=rs.TASK), rs.Task[bool])
    assert_type(directory.is_link(), bool)
    assert_type(directory.is_link(ttype=rs.TASK), rs.Task[bool])
    assert_type(directory.read_link(), rs.Url)
    assert_type(directory.read_link(ttype=rs.TASK), rs.Task[rs.Url])
    assert_type(directory.copy("a", "b"), None)
    assert_type(directory.copy("a", "b", ttype=rs.TASK), rs.Task[None])
    assert_type(directory.link("a", "b"), None)
    assert_type(directory.link("a", "b", ttype=rs.TASK), rs.Task[None])
    assert_type(directory.move("a", "b"), None)
    assert_type(directory.move("a", "b", ttype=rs.TASK), rs.Task[None])
    assert_type(directory.remove(), None)
    assert_type(directory.remove(ttype=rs.TASK), rs.Task[None])
    assert_type(directory.open("a"), rs.namespace.Entry)
    assert_type(directory.open("a", ttype=rs.TASK), rs.Task[rs.namespace.Entry])
    assert_type(directory.open_dir("a"), rs.namespace.Directory)
    assert_type(directory.open_dir("a", ttype=rs.TASK), rs.Task[rs.namespace.Directory])
    assert_type(directory.make_dir("b"), None)
    assert_type(directory.make_dir("b", ttype=rs.TASK), rs.Task[None])
    assert_type(directory.change_dir("a"), None)
    assert_type(directory.change_dir("a", ttype=rs.TASK), rs.Task[None])
    assert_type(directory.list(), Sequence[rs.Url])
    assert_type(directory.list(ttype=rs.TASK), rs.Task[Sequence[rs.Url]])
    assert_type(directory.exists("a"), bool)
    assert_type(directory.exists("a", ttype=rs.TASK), rs.Task[bool])
    assert_type(directory.find("*"), Sequence[rs.Url])
    assert_type(directory.find("*", ttype=rs.TASK), rs.Task[Sequence[rs.Url]])
    assert_type(directory.get_num_entries(), int)
    assert_type(directory.get_num_entries(ttype=rs.TASK), rs.Task[int])
    assert_type(directory.get_entry(0), rs.Url)
    assert_type(directory.get_entry(0, ttype=rs.TASK), rs.Task[rs.Url])
    assert_type(directory.get_mtime(), float)
    assert_type(directory.get_mtime(ttype=rs.TASK), rs.Task[float])
    assert_type(directory.set_mtime("b", 0.0), None)
    assert_type(directory.set_mtime("b", 0.0, ttype=rs.TASK), rs.Task[None])
    assert_type(directory.get_mode(), int)
    assert_type(directory.get_mode(ttype=rs.TASK), rs.Task[int])
    assert_type(directory.set_mode("b", 0o644), None)
    assert_type(directory.set_mode("b", 0o644, ttype=rs.TASK), rs.Task[None])
    assert_type(directory.get_owner(), str)
    assert_type(directory.get_owner(ttype=rs.TASK), rs.Task[str])
    assert_type(directory.get_group(), str)
    assert_type(directory.get_group(ttype=rs.TASK), rs.Task[str])
    assert_type(directory.permissions_allow("b", "*", rs.permissions.READ), None)
    assert_type(
        directory.permissions_allow("b", "*", rs.permissions.READ, ttype=rs.TASK), rs.Task[None]
    )
    assert_type(directory.permissions_deny("b", "*", rs.permissions.READ), None)
    assert_type(
        directory.permissions_deny("b", "*", rs.permissions.READ, ttype=rs.TASK), rs.Task[None]
    )
    assert_type(directory.permissions_check("b", "*", rs.permissions.READ), bool)
    assert_type(
        directory.permissions_check("b", "*", rs.permissions.READ, ttype=rs.TASK), rs.Task[bool]
    )
    assert_type(directory.permissions_list(), dict[str, int])
    assert_type(directory.permissions_list(ttype=rs.TASK), rs.Task[dict[str, int]])


def calls_of_filesystem_file(file: rs.filesystem.File) -> None:
    assert_type(file.is_file(), bool)
    assert_type(file.is_file(ttype=rs.TASK), rs.Task[bool])
    assert_type(file.get_size(), int)
    assert_type(file.get_size(ttype=rs.TASK), rs.Task[int])
    assert_type(file.read(), bytes)
    assert_type(file.read(ttype=rs.TASK), rs.Task[bytes])
    assert_type(file.write(b"x"), int)
    assert_type(file.write(b"x", ttype=rs.TASK), rs.Task[int])
    assert_type(file.seek(0), int)
    assert_type(file.seek(0, ttype=rs.TASK), rs.Task[int])
    assert_type(file.read_v([(0, 1)]), list[bytes])
    assert_type(file.read_v([(0, 1)], ttype=rs.TASK), rs.Task[list[bytes]])
    assert_type(file.write_v([(0, b"x")]), int)
    assert_type(file.write_v([(0, b"x")], ttype=rs.TASK), rs.Task[int])
    assert_type(file.size_p("*"), int)
    assert_type(file.size_p("*", ttype=rs.TASK), rs.Task[int])
    assert_type(file.read_p("*"), bytes)
    assert_type(file.read_p("*", ttype=rs.TASK), rs.Task[bytes])
    assert_type(file.write_p("*", b"x"), int)
    assert_type(file.write_p("*", b"x", ttype=rs.TASK), rs.Task[int])
    assert_type(file.modes_e(), list[str])
    assert_type(file.modes_e(ttype=rs.TASK), rs.Task[list[str]])
    assert_type(file.size_e("m", "s"), int)
    assert_type(file.size_e("m", "s", ttype=rs.TASK), rs.Task[int])
    assert_type(file.read_e("m", "s"), bytes)
    assert_type(file.read_e("m", "s", ttype=rs.TASK), rs.Task[bytes])
    assert_type(file.write_e("m", "s", b"x"), int)
    assert_type(file.write_e("m", "s", b"x", ttype=rs.TASK), rs.Task[int])
    assert_type(file.truncate(), None)
    assert_type(file.truncate(ttype=rs.TASK), rs.Task[None])
    assert_type(file.close(), None)
    assert_type(file.close(ttype=rs.TASK), rs.Task[None])


def calls_of_filesystem_directory(directory: rs.filesystem.Directory) -> None:
    assert_type(directory.open("a"), rs.filesystem.File)
    assert_type(directory.open("a", ttype=rs.TASK), rs.Task[rs.filesystem.File])
    assert_type(directory.open_dir("a"), rs.filesystem.Directory)
    assert_type(directory.open_dir("a", ttype=rs.TASK), rs.Task[rs.filesystem.Directory])
    assert_type(directory.is_file(), bool)
    assert_type(directory.is_file(ttype=rs.TASK), rs.Task[bool])
    assert_type(directory.get_size(), int)
    assert_type(directory.get_size(ttype=rs.TASK), rs.Task[int])
    assert_type(directory.sync("a", "b"), None)
    assert_type(directory.sync("a", "b", dry_run=True), Changes)
    assert_type(directory.sync("a", "b", ttype=rs.TASK), rs.Task[Changes | None])


def calls_of_replica_logicalfile(file: rs.replica.LogicalFile) -> None:  # noqa: PLR0915 - as above
    assert_type(file.set_attribute("k", "v"), None)
    assert_type(file.set_attribute("k", "v", ttype=rs.TASK), rs.Task[None])
    assert_type(file.get_attribute("k"), str)
    assert_type(file.get_attribute("k", ttype=rs.TASK), rs.Task[str])
    assert_type(file.set_vector_attribute("k", ["v"]), None)
    assert_type(file.set_vector_attribute("k", ["v"], ttype=rs.TASK), rs.Task[None])
    assert_type(file.get_vector_attribute("k"), list[str])
    assert_type(file.get_vector_attribute("k", ttype=rs.TASK), rs.Task[list[str]])
    assert_type(file.remove_attribute("k"), None)
    assert_type(file.remove_attribute("k", ttype=rs.TASK), rs.Task[None])
    assert_type(file.list_attributes(), list[str])
    assert_type(file.list_attributes(ttype=rs.TASK), rs.Task[list[str]])
    assert_type(file.find_attributes("*"), list[str])
    assert_type(file.find_attributes("*", ttype=rs.TASK), rs.Task[list[str]])
    assert_type(file.attribute_exists("k"), bool)
    assert_type(file.attribute_exists("k", ttype=rs.TASK), rs.Task[bool])
    assert_type(file.attribute_is_readonly("k"), bool)
    assert_type(file.attribute_is_readonly("k", ttype=rs.TASK), rs.Task[bool])
    assert_type(file.attribute_is_writeable("k"), bool)
    assert_type(file.attribute_is_writeable("k", ttype=rs.TASK), rs.Task[bool])
    assert_type(file.attribute_is_removable("k"), bool)
    assert_type(file.attribute_is_removable("k", ttype=rs.TASK), rs.Task[bool])
    assert_type(file.attribute_is_vector("k"), bool)
    assert_type(file.attribute_is_vector("k", ttype=rs.TASK), rs.Task[bool])
    assert_type(file.is_file(), bool)
    assert_type(file.is_file(ttype=rs.TASK), rs.Task[bool])
    assert_type(file.get_size(), int)
    assert_type(file.get_size(ttype=rs.TASK), rs.Task[int])
    assert_type(file.add_location("a"), None)
    assert_type(file.add_location("a", ttype=rs.TASK), rs.Task[None])
    assert_type(file.remove_location("a"), None)
    assert_type(file.remove_location("a", ttype=rs.TASK), rs.Task[None])
    assert_type(file.update_location("a", "b"), None)
    assert_type(file.update_location("a", "b", ttype=rs.TASK), rs.Task[None])
    assert_type(file.list_locations(), list[rs.Url])
    assert_type(file.list_locations(ttype=rs.TASK), rs.Task[list[rs.Url]])
    assert_type(file.replicate("b"), None)
    assert_type(file.replicate("b", ttype=rs.TASK), rs.Task[None])
    assert_type(file.upload("a"), None)
    assert_type(file.upload("a", ttype=rs.TASK), rs.Task[None])
    assert_type(file.download("b"), None)
    assert_type(file.download("b", ttype=rs.TASK), rs.Task[None])


def calls_of_replica_logicaldirectory(directory: rs.replica.LogicalDirectory) -> None:
    assert_type(directory.open("a"), rs.replica.LogicalFile)
    assert_type(directory.open("a", ttype=rs.TASK), rs.Task[rs.replica.LogicalFile])
    assert_type(directory.open_dir("a"), rs.replica.LogicalDirectory)
    assert_type(directory.open_dir("a", ttype=rs.TASK), rs.Task[rs.replica.LogicalDirectory])
    assert_type(directory.is_file(), bool)
    assert_type(directory.is_file(ttype=rs.TASK), rs.Task[bool])
    assert_type(directory.get_size(), int)
    assert_type(directory.get_size(ttype=rs.TASK), rs.Task[int])
    assert_type(directory.find("*"), Sequence[rs.Url])
    assert_type(directory.find("*", ttype=rs.TASK), rs.Task[Sequence[rs.Url]])


def calls_of_advert_entry(entry: rs.advert.Entry) -> None:
    assert_type(entry.set_attribute("k", "v"), None)
    assert_type(entry.set_attribute("k", "v", ttype=rs.TASK), rs.Task[None])
    assert_type(entry.get_attribute("k"), Any)
    assert_type(entry.get_attribute("k", ttype=rs.TASK), rs.Task[Any])
    assert_type(entry.set_vector_attribute("k", ["v"]), None)
    assert_type(entry.set_vector_attribute("k", ["v"], ttype=rs.TASK), rs.Task[None])
    assert_type(entry.get_vector_attribute("k"), list[Any])
    assert_type(entry.get_vector_attribute("k", ttype=rs.TASK), rs.Task[list[Any]])
    assert_type(entry.remove_attribute("k"), None)
    assert_type(entry.remove_attribute("k", ttype=rs.TASK), rs.Task[None])
    assert_type(entry.get_attributes(), dict[str, Any])
    assert_type(entry.get_attributes(ttype=rs.TASK), rs.Task[dict[str, Any]])
    assert_type(entry.list_attributes(), list[str])
    assert_type(entry.list_attributes(ttype=rs.TASK), rs.Task[list[str]])
    assert_type(entry.find_attributes("*"), list[str])
    assert_type(entry.find_attributes("*", ttype=rs.TASK), rs.Task[list[str]])
    assert_type(entry.attribute_exists("k"), bool)
    assert_type(entry.attribute_exists("k", ttype=rs.TASK), rs.Task[bool])
    assert_type(entry.add_callback("k", print), int)
    assert_type(entry.add_callback("k", print, ttype=rs.TASK), rs.Task[int])
    assert_type(entry.remove_callback("k"), None)
    assert_type(entry.remove_callback("k", ttype=rs.TASK), rs.Task[None])
    assert_type(entry.set_ttl(), None)
    assert_type(entry.set_ttl(ttype=rs.TASK), rs.Task[None])
    assert_type(entry.get_ttl(), float | None)
    assert_type(entry.get_ttl(ttype=rs.TASK), rs.Task[float | None])
    assert_type(entry.store_object(1), None)
    assert_type(entry.store_object(1, ttype=rs.TASK), rs.Task[None])
    assert_type(entry.retrieve_object(), Any)
    assert_type(entry.retrieve_object(ttype=rs.TASK), rs.Task[Any])
    assert_type(entry.delete_object(), None)
    assert_type(entry.delete_object(ttype=rs.TASK), rs.Task[None])


def calls_of_advert_directory(directory: rs.advert.Directory) -> None:
    assert_type(directory.open("a"), rs.advert.Entry)
    assert_type(directory.open("a", ttype=rs.TASK), rs.Task[rs.advert.Entry])
    assert_type(directory.open_dir("a"), rs.advert.Directory)
    assert_type(directory.open_dir("a", ttype=rs.TASK), rs.Task[rs.advert.Directory])
    assert_type(directory.set_ttl(), None)
    assert_type(directory.set_ttl(ttype=rs.TASK), rs.Task[None])
    assert_type(directory.get_ttl(), float | None)
    assert_type(directory.get_ttl(ttype=rs.TASK), rs.Task[float | None])
    assert_type(directory.find("*"), Sequence[rs.Url])
    assert_type(directory.find("*", ttype=rs.TASK), rs.Task[Sequence[rs.Url]])


def calls_of_job_service(service: rs.job.Service, description: rs.job.Description) -> None:
    assert_type(rs.job.Service.create("ssh://host/"), rs.Task[rs.job.Service])
    assert_type(rs.job.Service.create("ssh://host/", ttype=rs.TASK), rs.Task[rs.job.Service])
    assert_type(rs.job.Service.create("ssh://host/", ttype=None), rs.job.Service)
    assert_type(service.create_job(description), rs.job.Job)
    assert_type(service.create_job(description, ttype=rs.TASK), rs.Task[rs.job.Job])
    assert_type(service.run_job("true"), rs.job.Job)
    assert_type(service.run_job("true", ttype=rs.TASK), rs.Task[rs.job.Job])
    assert_type(service.list(), list[str])
    assert_type(service.list(ttype=rs.TASK), rs.Task[list[str]])
    assert_type(service.get_url(), rs.Url)
    assert_type(service.get_url(ttype=rs.TASK), rs.Task[rs.Url])
    assert_type(service.get_job("1"), rs.job.Job)
    assert_type(service.get_job("1", ttype=rs.TASK), rs.Task[rs.job.Job])
    assert_type(service.get_self(), rs.job.Job)
    assert_type(service.get_self(ttype=rs.TASK), rs.Task[rs.job.Job])


def calls_of_job_job(  # noqa: PLR0915 - as above
    job: rs.job.Job, description: rs.job.Description
) -> None:
    assert_type(job.get_name(), str | None)
    assert_type(job.get_name(ttype=rs.TASK), rs.Task[str | None])
    assert_type(job.get_description(), rs.job.Description | None)
    assert_type(job.get_description(ttype=rs.TASK), rs.Task[rs.job.Description | None])
    assert_type(job.get_exit_code(), int | None)
    assert_type(job.get_exit_code(ttype=rs.TASK), rs.Task[int | None])
    assert_type(job.get_termsig(), int | None)
    assert_type(job.get_termsig(ttype=rs.TASK), rs.Task[int | None])
    assert_type(job.get_created(), float | None)
    assert_type(job.get_created(ttype=rs.TASK), rs.Task[float | None])
    assert_type(job.get_started(), float | None)
    assert_type(job.get_started(ttype=rs.TASK), rs.Task[float | None])
    assert_type(job.get_finished(), float | None)
    assert_type(job.get_finished(ttype=rs.TASK), rs.Task[float | None])
    assert_type(job.get_execution_hosts(), list[str] | None)
    assert_type(job.get_execution_hosts(ttype=rs.TASK), rs.Task[list[str] | None])
    assert_type(job.get_service_url(), str | None)
    assert_type(job.get_service_url(ttype=rs.TASK), rs.Task[str | None])
    assert_type(job.get_stdin(), IO[bytes])
    assert_type(job.get_stdin(ttype=rs.TASK), rs.Task[IO[bytes]])
    assert_type(job.get_stdout(), str)
    assert_type(job.get_stdout(ttype=rs.TASK), rs.Task[str])
    assert_type(job.get_stderr(), str)
    assert_type(job.get_stderr(ttype=rs.TASK), rs.Task[str])
    assert_type(job.get_log(), str)
    assert_type(job.get_log(ttype=rs.TASK), rs.Task[str])
    assert_type(job.get_stdout_bytes(), bytes)
    assert_type(job.get_stdout_bytes(ttype=rs.TASK), rs.Task[bytes])
    assert_type(job.get_stderr_bytes(), bytes)
    assert_type(job.get_stderr_bytes(ttype=rs.TASK), rs.Task[bytes])
    assert_type(job.read_stdout(), bytes)
    assert_type(job.read_stdout(ttype=rs.TASK), rs.Task[bytes])
    assert_type(job.read_stderr(), bytes)
    assert_type(job.read_stderr(ttype=rs.TASK), rs.Task[bytes])
    assert_type(job.get_stdout_string(), str)
    assert_type(job.get_stdout_string(ttype=rs.TASK), rs.Task[str])
    assert_type(job.get_stderr_string(), str)
    assert_type(job.get_stderr_string(ttype=rs.TASK), rs.Task[str])
    assert_type(job.get_log_string(), str)
    assert_type(job.get_log_string(ttype=rs.TASK), rs.Task[str])
    assert_type(job.run(), None)
    assert_type(job.run(ttype=rs.TASK), rs.Task[None])
    assert_type(job.wait(), bool)
    assert_type(job.wait(ttype=rs.TASK), rs.Task[bool])
    assert_type(job.cancel(), None)
    assert_type(job.cancel(ttype=rs.TASK), rs.Task[None])
    assert_type(job.suspend(), None)
    assert_type(job.suspend(ttype=rs.TASK), rs.Task[None])
    assert_type(job.resume(), None)
    assert_type(job.resume(ttype=rs.TASK), rs.Task[None])
    assert_type(job.signal(15), None)
    assert_type(job.signal(15, ttype=rs.TASK), rs.Task[None])
    assert_type(job.checkpoint(), None)
    assert_type(job.checkpoint(ttype=rs.TASK), rs.Task[None])
    assert_type(job.migrate(description), None)
    assert_type(job.migrate(description, ttype=rs.TASK), rs.Task[None])
    assert_type(job.get_state(), str)
    assert_type(job.get_state(ttype=rs.TASK), rs.Task[str])
    assert_type(job.get_id(), str | None)
    assert_type(job.get_id(ttype=rs.TASK), rs.Task[str | None])


def calls_of_resource_manager(
    manager: rs.resource.Manager, description: rs.resource.Description
) -> None:
    assert_type(rs.resource.Manager.create("ssh://host/"), rs.Task[rs.resource.Manager])
    assert_type(
        rs.resource.Manager.create("ssh://host/", ttype=rs.TASK), rs.Task[rs.resource.Manager]
    )
    assert_type(rs.resource.Manager.create("ssh://host/", ttype=None), rs.resource.Manager)
    assert_type(manager.get_url(), rs.Url)
    assert_type(manager.get_url(ttype=rs.TASK), rs.Task[rs.Url])
    assert_type(manager.list(), list[str])
    assert_type(manager.list(ttype=rs.TASK), rs.Task[list[str]])
    assert_type(manager.get_description("1"), rs.resource.Description)
    assert_type(manager.get_description("1", ttype=rs.TASK), rs.Task[rs.resource.Description])
    assert_type(manager.list_templates(), list[str])
    assert_type(manager.list_templates(ttype=rs.TASK), rs.Task[list[str]])
    assert_type(manager.get_template("a"), rs.resource.Description)
    assert_type(manager.get_template("a", ttype=rs.TASK), rs.Task[rs.resource.Description])
    assert_type(manager.list_images(), list[str])
    assert_type(manager.list_images(ttype=rs.TASK), rs.Task[list[str]])
    assert_type(manager.get_image("a"), str)
    assert_type(manager.get_image("a", ttype=rs.TASK), rs.Task[str])
    assert_type(manager.acquire(description), rs.resource.Resource)
    assert_type(manager.acquire(description, ttype=rs.TASK), rs.Task[rs.resource.Resource])
    assert_type(manager.destroy("1"), None)
    assert_type(manager.destroy("1", ttype=rs.TASK), rs.Task[None])


def calls_of_resource_resource(
    resource: rs.resource.Resource, description: rs.resource.Description
) -> None:
    assert_type(rs.resource.Resource.create("[ssh://host/]-[host]"), rs.Task[rs.resource.Resource])
    assert_type(
        rs.resource.Resource.create("[ssh://host/]-[host]", ttype=rs.TASK),
        rs.Task[rs.resource.Resource],
    )
    assert_type(
        rs.resource.Resource.create("[ssh://host/]-[host]", ttype=None), rs.resource.Resource
    )
    assert_type(resource.reconfig(description), None)
    assert_type(resource.reconfig(description, ttype=rs.TASK), rs.Task[None])
    assert_type(resource.destroy(), None)
    assert_type(resource.destroy(ttype=rs.TASK), rs.Task[None])
    assert_type(resource.wait(), bool)
    assert_type(resource.wait(ttype=rs.TASK), rs.Task[bool])
    assert_type(resource.get_id(), str)
    assert_type(resource.get_id(ttype=rs.TASK), rs.Task[str])
    assert_type(resource.get_rtype(), int)
    assert_type(resource.get_rtype(ttype=rs.TASK), rs.Task[int])
    assert_type(resource.get_state(), int | None)
    assert_type(resource.get_state(ttype=rs.TASK), rs.Task[int | None])
    assert_type(resource.get_state_detail(), str)
    assert_type(resource.get_state_detail(ttype=rs.TASK), rs.Task[str])
    assert_type(resource.get_access(), str | None)
    assert_type(resource.get_access(ttype=rs.TASK), rs.Task[str | None])
    assert_type(resource.get_manager(), rs.Url)
    assert_type(resource.get_manager(ttype=rs.TASK), rs.Task[rs.Url])
    assert_type(resource.get_description(), rs.resource.Description)
    assert_type(resource.get_description(ttype=rs.TASK), rs.Task[rs.resource.Description])
