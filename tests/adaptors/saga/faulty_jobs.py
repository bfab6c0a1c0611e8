"""Job adaptors with one fault each, for which a kit must have a test.

`JUNCTURE_TEST_FAULT` names the fault; an adaptor is a module, and so this one is all of them.
"""

import os
import threading

from adaptors.saga.child_job import ChildJob, ChildService, info

import juncture.saga as rs
from juncture.saga.cpi import SYNC

FAULTS = {}
"""`name: (CPI, class, the test that finds it)`."""


def fault(kind, test):
    def keep(cls):
        FAULTS[cls.__name__] = (kind, cls, test)
        globals()[cls.__name__] = cls
        return cls

    return keep


@fault("Job", "test_arguments_arrive_as_they_are")
class JoinsArguments(ChildJob):
    @SYNC
    def run(self):
        self.description.arguments = " ".join(self.description.arguments or ()).split(" ")
        ChildJob.run(self)


@fault("Job", "test_the_environment_arrives_as_it_is")
class TrimsEnvironment(ChildJob):
    @SYNC
    def run(self):
        given = self.description.environment or {}
        self.description.environment = {name: text.strip() for name, text in given.items()}
        ChildJob.run(self)


@fault("Job", "test_the_exit_code_is_the_programs")
class IsAlwaysDone(ChildJob):
    def watch(self, job):
        self.child.wait()
        job._update("Done", exit_code=0)


@fault("Job", "test_standard_output_is_the_programs")
class Prints(ChildJob):
    @SYNC
    def run(self):
        print("running")
        ChildJob.run(self)


@fault("Job", "test_attributes_that_are_declared_exist")
class DeclaresWhatIsNot(ChildJob):
    declares = ("Argument",)


class HangsInRun(ChildJob):
    nothing = threading.Event()

    @SYNC
    def run(self):
        self.nothing.wait()


class DiesInAThread(ChildJob):
    def watch(self, job):
        self.child.wait()
        raise KeyError("status")

    @SYNC
    def cancel(self):
        self._api()._set_lost("nobody watches it")


@fault("Job", "test_running_and_done_are_true_when_they_are_said")
class EndsTooEarly(ChildJob):
    def watch(self, job):
        job._update("Done", exit_code=0)


@fault("Job", "test_binary_output_is_unchanged")
class DecodesOutput(ChildJob):
    @SYNC
    def get_stdout(self):
        return self.out.read_text(errors="replace")


@fault("Job", "test_output_and_error_are_apart_and_exact")
class StripsOutput(ChildJob):
    @SYNC
    def get_stdout(self):
        return self.out.read_bytes().strip()


@fault("Job", "test_cancel_ends_the_whole_tree")
class CancelsOneProcess(ChildJob):
    @SYNC
    def cancel(self):
        self.canceled = True
        self.child.kill()
        self._api().wait()


@fault("Job", "test_cancel_spares_other_jobs")
class CancelsThemAll(ChildJob):
    @SYNC
    def cancel(self):
        for job in self.service.jobs.values():
            ChildJob.cancel(job._adaptor)


@fault("Job", "test_suspend_and_resume")
class SaysSuspended(ChildJob):
    @SYNC
    def suspend(self):
        self._api()._update("Suspended")


@fault("Job", "test_input_output_and_error_are_files")
class IgnoresInput(ChildJob):
    @SYNC
    def run(self):
        self.description.input = None
        ChildJob.run(self)


@fault("Job", "test_the_working_directory")
class StaysAtHome(ChildJob):
    @SYNC
    def run(self):
        self.description.working_directory = None
        ChildJob.run(self)


@fault("Service", "test_an_id_of_nothing_does_not_exist")
class MakesJobsUp(ChildService):
    @SYNC
    def get_job(self, job_id):
        return self.jobs.get(job_id) or self.create_job(rs.job.Description(executable="true"))


@fault("Service", "test_a_job_runs_once")
class JobsAreTexts(ChildService):
    @SYNC
    def create_job(self, jd):
        return repr(ChildService.create_job(self, jd))


@fault("Service", "test_a_job_is_listed")
class ListsNothing(ChildService):
    @SYNC
    def list(self):
        list(self.jobs)


@fault("Service", "test_a_job_is_listed")
class ListsWhatRuns(ChildService):
    @SYNC
    def list(self):
        return [job_id for job_id, job in self.jobs.items() if job.state == "Running"]


@fault("Service", "test_one_that_fails_harms_no_other")
class BulkStopsAtAFault(ChildService):
    def container_run(self, jobs):
        for job in jobs:
            job._adaptor.run()


@fault("Service", "test_every_job_of_a_container_runs_once")
class BulkRunsTwice(ChildService):
    def container_run(self, jobs):
        for job in jobs:
            job._adaptor.run()
            job._adaptor.run()


class Adaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        name = os.environ["JUNCTURE_TEST_FAULT"]
        kind = FAULTS[name][0] if name in FAULTS else "Job"
        declared = info("test.faulty", "faulty", **{kind: name})
        declared["capabilities"]["jdes_attributes"] += getattr(globals()[name], "declares", [])
        rs.cpi.AdaptorBase.__init__(self, declared)
