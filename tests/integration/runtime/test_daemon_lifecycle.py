

def test_start_run_stop(bench):
    pid = bench.start()
    ended = bench.run(["log", 2], options=["--result", "-"], result={"x": 1})
    print(ended)
    assert ended.status == 0
    print(bench.status())
    ended = bench.stop()
    print(ended)
    assert bench.gone()
