import pytest

from juncture.saga.context import Context
from juncture.saga.exceptions import AuthenticationFailed
from juncture.saga.shell.dialogue import Dialogue, Kind, understand

HOST_KEY = (
    "The authenticity of host 'h (10.0.0.1)' can't be established.\n"
    "ED25519 key fingerprint is SHA256:abc.\n"
    "Are you sure you want to continue connecting (yes/no/[fingerprint])? "
)


@pytest.mark.parametrize(
    ("text", "kind", "subject"),
    [
        (HOST_KEY, Kind.HOST_KEY, ""),
        ("Enter passphrase for key '/home/a b/.ssh/id': ", Kind.PASSPHRASE, "/home/a b/.ssh/id"),
        ("bob@host's password: ", Kind.PASSWORD, "bob@host"),
        ("(bob@host) Password: ", Kind.PASSWORD, "bob@host"),
        ("Password:", Kind.PASSWORD, ""),
        ("Password for bob@REALM:", Kind.PASSWORD, ""),
        ("(bob@host) Verification code: ", Kind.OTHER, "bob@host"),
        ("Passcode or option (1-3): ", Kind.OTHER, ""),
        ("One-time password (OATH) for `bob': ", Kind.OTHER, ""),
        ("(bob@host) Duo two-factor login for bob\n\nEnter a passcode: ", Kind.OTHER, ""),
    ],
)
def test_questions_are_understood(text, kind, subject):
    found = understand(text)
    assert (found.text, found.kind, found.subject) == (text, kind, subject)


def password(value="secret", **more):
    return Context("UserPass", user_pass=value, **more)


def test_a_password_is_sent_once():
    dialogue = Dialogue("h", (), [password()], None)
    assert dialogue.answer("b@h's password: ") == "secret"
    with pytest.raises(AuthenticationFailed, match="did not accept the password") as caught:
        dialogue.answer("b@h's password: ")
    assert "secret" not in str(caught.value) + caught.value.hint


def test_a_refused_password_is_not_replaced_by_asking_somebody():
    dialogue = Dialogue("h", (), [password()], lambda _: "typed")
    dialogue.answer("Password: ")
    with pytest.raises(AuthenticationFailed):
        dialogue.answer("(b@h) Password: ")


def test_what_a_person_says_is_sent_once():
    asked = []
    dialogue = Dialogue("h", (), [], lambda text: asked.append(text) or "typed")
    assert dialogue.answer("Verification code: ") == "typed"
    with pytest.raises(AuthenticationFailed):
        dialogue.answer("Verification code: ")
    assert asked == ["Verification code:"]


def test_the_second_of_two_passwords_is_tried():
    dialogue = Dialogue("h", (), [password("one"), password("two")], None)
    assert [dialogue.answer("Password: ") for _ in range(2)] == ["one", "two"]


def test_a_password_is_for_its_host_alone():
    dialogue = Dialogue("h", ["b@host.example"], [password()], None)
    for text in (
        "b@jump's password: ",
        "Password: ",
        "x@host.example's password: ",
        "b@host's password: ",
    ):
        with pytest.raises(AuthenticationFailed, match="no context of the session answers"):
            dialogue.answer(text)
    assert dialogue.answer("b@host.example's password: ") == "secret"


def test_a_passphrase_is_for_its_key_alone(tmp_path):
    key = Context("ssh", user_key=str(tmp_path / "a"), user_pass="phrase")
    dialogue = Dialogue("h", (), [password(), key], None)
    with pytest.raises(AuthenticationFailed):
        dialogue.answer(f"Enter passphrase for key '{tmp_path}/b': ")
    assert dialogue.answer(f"Enter passphrase for key '{tmp_path}/a': ") == "phrase"
    with pytest.raises(AuthenticationFailed):
        dialogue.answer(f"Enter passphrase for key '{tmp_path}/a': ")


def test_a_token_answers_another_question():
    dialogue = Dialogue("h", (), [password(token="123456")], None)
    assert dialogue.answer("Verification code: ") == "123456"
    assert dialogue.answer("Password: ") == "secret"


def test_nobody_but_a_person_accepts_a_host_key():
    with pytest.raises(AuthenticationFailed, match="is unknown and nobody accepted it"):
        Dialogue("h", (), [password("yes", token="yes")], None).answer(HOST_KEY)
    assert Dialogue("h", (), [], lambda text: "yes" if "SHA256" in text else None).answer(HOST_KEY)


def test_a_person_may_give_up():
    with pytest.raises(AuthenticationFailed, match="Verification code"):
        Dialogue("h", (), [], lambda _: None).answer("Verification code: ")
