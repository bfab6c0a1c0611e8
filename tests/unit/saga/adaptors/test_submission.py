import threading

from processes import PATIENCE_S

from juncture.saga.adaptors.shell_job.record import Submission


def test_there_is_room_for_a_window():
    submission = Submission(8, 4)
    submission.make_room(2)
    submission.make_room(2)
    waiting = threading.Thread(target=submission.make_room, args=(2,))
    waiting.start()
    submission.arrived()
    waiting.join(0.05)
    assert waiting.is_alive()
    submission.arrived()
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()
    submission.arrived()
    submission.make_room(1)


def test_it_waits_until_all_have_arrived():
    submission = Submission(2, 4)
    submission.arrived()
    waiting = threading.Thread(target=submission.wait)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    submission.arrived()
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()


def test_of_a_few_whoever_submits_tells_itself():
    assert Submission(1, 64).tells
    assert not Submission(100, 64).tells
