"""A program written for radical.saga: one job with a callback, a bulk of jobs, a reconnect."""

import os
import sys
import threading

import radical.saga as rs


class Watcher(rs.Callback):
    def __init__(self):
        self.told_all = threading.Event()

    def cb(self, obj, key, val):
        print(f"callback: {key} {val}")
        if val in (rs.job.DONE, rs.job.FAILED, rs.job.CANCELED):
            self.told_all.set()
        return True


def one_job(js, folder):
    jd = rs.job.Description()
    jd.set_attribute(rs.job.EXECUTABLE, "/bin/sh")
    jd.arguments = ["-c", "echo $GREETING from $(basename $PWD); echo oops >&2"]
    jd.environment = {"GREETING": "hello"}
    jd.working_directory = os.path.join(folder, "job")
    jd.output = "out.txt"
    jd.error = "err.txt"
    job = js.create_job(jd)
    watcher = Watcher()
    job.add_callback(rs.STATE, watcher)
    assert job.state == rs.job.NEW
    job.run()
    job.wait()
    watcher.told_all.wait()  # it is told in another thread
    print("one:", job.get_state(), job.exit_code, job.get_stdout_string().strip())
    return job.id


def bulk(js):
    container = rs.job.Container()
    for number in range(8):
        jd = rs.job.Description()
        jd.executable = "/bin/sh"
        jd.arguments = ["-c", f"exit {number % 2}"]
        container.add(js.create_job(jd))
    container.run()
    container.wait(rs.task.ALL)
    states = container.get_states()
    print("bulk:", states.count(rs.job.DONE), "done,", states.count(rs.job.FAILED), "failed")


def main():
    try:
        session = rs.Session()
        js = rs.job.Service("fork://localhost/", session=session)
        job_id = one_job(js, sys.argv[1])
        bulk(js)
        js.close()

        js = rs.job.Service("fork://localhost/", session=session)
        print("again:", job_id in js.list(), js.get_job(job_id).state)
        js.close()
        rs.job.Service("nobody://localhost/")
    except rs.IncorrectURL as ex:
        print("caught:", ex.type)
        return 0
    except rs.SagaException as ex:
        print(f"An exception occured: ({ex.type}) {ex}")
        return 1
    return 2


if __name__ == "__main__":
    sys.exit(main())
