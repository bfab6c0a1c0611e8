"""The runner of pages notices every way in which a page can be wrong."""

import pytest
from docs.document import PageError, matches, run_page, steps_of

RIGHT = """
A page.

```bash
greeting=hello
```

```console
$ echo $greeting
hello
$ seq 1 \\
> 5
1
...
5
$ false
$ echo $?
1
```

```python title="room/word.py"
WORD = "there"
```

```python
from room.word import WORD
assert WORD == "there"
```

<!-- not run: it would never end -->
```bash
sleep infinity
```
"""


def test_a_right_page_passes(tmp_path):
    run_page(RIGHT, tmp_path)
    assert (tmp_path / "room" / "word.py").read_text() == 'WORD = "there"\n'


def test_every_step_keeps_its_line():
    assert [step.line for step in steps_of(RIGHT)] == [4, 9, 11, 16, 17, 21, 25]


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ("5\n$ false", "6\n$ false", "line 11"),
        ("$ echo $?\n1\n", "", "status 1"),
        ("greeting=hello", "exit 0", "never reached"),
        ('WORD = "there"\n', 'WORD = "else"\n', "AssertionError"),
    ],
)
def test_a_wrong_page_is_named(tmp_path, right, wrong, named):
    assert right in RIGHT
    with pytest.raises(PageError, match=named):
        run_page(RIGHT.replace(right, wrong), tmp_path)


def test_dots_stand_for_anything():
    assert matches("took ... s", "took 0.3 s\n")
    assert not matches("took ... s", "took 0.3 ms")
