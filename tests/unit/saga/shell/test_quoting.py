import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from juncture.saga.exceptions import BadParameter
from juncture.saga.shell import quoting

SHELLS = [["sh"], ["dash"], ["bash"], ["bash", "--posix"], ["zsh", "--emulate", "sh"]]
TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=60)
NASTY = st.text(
    st.sampled_from(" \t\n'\"\\$`!*?[]{}~#&|;<>()=%^-aé\x01\x7f\U0001f600"), max_size=30
)


def installed(shell):
    if not shutil.which(shell[0]):
        pytest.skip(f"`{shell[0]}` is not installed")
    return shell


def run(shell, text):
    raw = text.encode("utf-8", "surrogateescape")
    return subprocess.run([*shell, "-c", raw], capture_output=True, check=True).stdout


@pytest.fixture(params=SHELLS, ids=" ".join)
def shell(request):
    return installed(request.param)


@settings(max_examples=60, deadline=None)
@given(words=st.lists(TEXT | NASTY, min_size=1, max_size=8))
def test_words_reach_the_program_as_they_are(words):
    for shell in SHELLS:
        if shutil.which(shell[0]):
            said = run(shell, "printf '%s\\0' " + " ".join(map(quoting.quote, words)))
            assert said.decode("utf-8").split("\0")[:-1] == words


@pytest.mark.parametrize(
    "word", ["", "~", "~root", "a=b", "{a,b}", "-n", "#x", "*", "$HOME", "!", "a\nb", "'", "\\"]
)
def test_words_that_shells_look_at(shell, word):
    assert run(shell, f"printf %s, {quoting.quote(word)}") == word.encode() + b","


def test_bytes_that_are_no_text_survive(shell):
    text = bytes(range(1, 256)).decode("utf-8", "surrogateescape")
    assert run(shell, f"printf %s {quoting.quote(text)}") == bytes(range(1, 256))


@pytest.mark.parametrize(
    "function", [quoting.quote, lambda text: quoting.command([text]), quoting.for_any_shell]
)
def test_a_nul_is_refused(function):
    with pytest.raises(BadParameter, match="NUL"):
        function("a\0b")


def test_a_command_runs_a_program_and_no_syntax(shell):
    assert run(shell, quoting.command(["printf", "%s,", "if", "a b"])) == b"if,a b,"
    done = subprocess.run([*shell, "-c", quoting.command(["if"])], capture_output=True, check=False)
    assert done.returncode == 127
    with pytest.raises(BadParameter):
        quoting.command([])


def test_environment(shell):
    text = quoting.assignments({"A": "x y'$z\n", "_b1": 3})
    assert run(shell, f'{text}\nprintf \'%s|%s\' "$A" "$_b1"') == b"x y'$z\n|3"
    for name in ("1a", "a b", "a;b", "", "é"):
        with pytest.raises(BadParameter):
            quoting.assignments({name: ""})


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_printf_makes_any_bytes(data):
    for shell in SHELLS:
        if shutil.which(shell[0]):
            assert run(shell, f"printf {quoting.format_bytes(data)}") == data


@pytest.mark.parametrize("login_shell", ["sh", "dash", "bash", "zsh", "fish", "tcsh"])
def test_one_command_for_any_login_shell(login_shell):
    shell = installed([login_shell])
    text = "printf '%s|' \"$0\" 'it'\"'\"'s' \"a\nb\" '!x' '$HOME' '\\\\' é; exit 7"
    done = subprocess.run(
        [*shell, "-c", quoting.for_any_shell(text)], capture_output=True, check=False
    )
    assert done.stdout.decode() == "/bin/sh|it's|a\nb|!x|$HOME|\\\\|é|"
    assert done.returncode == 7
