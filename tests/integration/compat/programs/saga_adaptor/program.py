"""A program written for radical.saga that uses an adaptor of its own."""

import os
import sys

import radical.saga as rs

folder = sys.argv[1]
given, taken = os.path.join(folder, "given"), os.path.join(folder, "taken")
with open(given, "w") as file:
    file.write("staged\n")

js = rs.job.Service("terminal://localhost/", session=rs.Session())
assert isinstance(js, rs.job.service.Service)
print("service:", js.get_url(), js.list())

jd = rs.job.Description()
jd.executable = "/bin/sh"
jd.arguments = ["-c", f"'echo $GREETING; cat {taken}; exit 3'"]
jd.file_transfer = [f"{given} > {taken}"]
job = js.create_job(jd)
states = []
job.add_callback(rs.STATE, lambda obj, key, val: states.append(val) or True)
job.run()
job.wait()
print("job:", job.state, job.exit_code, job.get_stdout().split(), states)
print("found:", js.get_job(job.id) is job, isinstance(job, rs.job.Self), job.created > 0)

jd = rs.job.Description()
jd.executable = "true"
jobs = rs.job.Container()
for _ in range(3):
    jobs.add(js.create_job(jd))
jobs.run()
jobs.wait()
print("bulk:", jobs.get_states(), len(js.list()))

task = js.list(ttype=rs.ASYNC)
task.wait()
print("task:", task.state, task.result[0])
again = rs.job.Service.create("terminal://localhost/", ttype=rs.SYNC).get_result()
print("create:", again.list())

try:
    js.get_job("nothing")
except rs.BadParameter as ex:
    print("unknown:", "unknown job id nothing" in str(ex))
try:
    job.suspend()
except rs.SagaException as ex:
    print("late:", ex.type)
try:
    js.create_job({"executable": "true", "queue": "short"})
except rs.BadParameter as ex:
    print("refused:", "Queue" in str(ex))
try:
    rs.job.Service("terminal://elsewhere.example/")
except rs.BadParameter as ex:
    print("elsewhere:", "can only serve this host" in str(ex))
for service in (js, again):
    service.close()
