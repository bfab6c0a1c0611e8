from juncture.saga.adaptors.shell_job.cancel import members, read_table

TABLE = """\
    1     0     1 Ss       1
   10     1     5 S        5
   11    10    11 Ss      11
   12    11    11 S       11
   13     1    13 Ss      13
   14    13    14 Ss      14
   15     1    15 S       11
   16    11    11 Z       11
   20     1    20 Ss      20
/proc/13/environ:JUNCTURE_JOB=abc.1.
/proc/20/environ:JUNCTURE_JOB=abc.12.
/proc/99/environ:JUNCTURE_JOB=abc.1.
"""


def test_a_job_is_its_session_its_mark_and_what_they_started():
    assert members(read_table(TABLE), [("abc.1", 11)]) == {11, 12, 13, 14, 15}


def test_another_job_is_spared():
    assert members(read_table(TABLE), [("abc.12", 77)]) == {20}


def test_a_table_without_sessions_will_do():
    assert members(read_table("11 10 11 S\n12 11 12 S\n"), [("abc.1", 11)]) == {11, 12}
