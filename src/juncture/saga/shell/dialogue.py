"""What the OpenSSH client asks while it connects, and who answers: a context, or a person.

Every secret is sent once: a second question for it means that it was wrong, and sending it again
may lock an account. A password is given to no host but the one it is for. What no context answers
is put to the session's `on_question`; a host key is never accepted by anybody else.
"""

from __future__ import annotations

import os

from juncture.saga.exceptions import AuthenticationFailed, SagaException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from juncture.saga.context import Context


_LONGEST_HOST = 30


class Kind:
    """What a question is about; each is its own name in messages."""

    HOST_KEY = "host key"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of one
    PASSWORD = "password"  # noqa: S105 - the name of one
    OTHER = "other"


class Question:
    """One question of ssh's, or of a server's through it.

    Args:
        text: All of it.
        kind: What it is about, one of `Kind`.
        subject: The key file, or `user@host` where it names one; else empty.
    """

    __slots__ = ("kind", "subject", "text")

    def __init__(self, text: str, kind: str, subject: str) -> None:
        self.text = text
        self.kind = kind
        self.subject = subject


# The texts are OpenSSH's own (sshconnect.c, sshconnect2.c): ssh has no other way to say what it
# asks. A server may word a password prompt as it likes; the rule below is that of expect scripts.
_HOST_KEY = "continue connecting (yes/no"
_OF_KEY = r"(?i)passphrase for (?:key )?'?(?P<subject>.*?)'?:\s*$"
_OF_ACCOUNT = r"(?i)(?:^|\b)password(?: for [^:]*)?\s*:?\s*$"
_ACCOUNT = r"^\(?(?P<subject>[^\s()@]+@[^\s()']+?)(?:\)|'s)\s"


def understand(text: str) -> Question:
    """Return what a question is about."""
    import re  # most connections are made without a question

    line = text.strip().splitlines()[-1] if text.strip() else ""
    if _HOST_KEY in line:
        return Question(text, Kind.HOST_KEY, "")
    if found := re.search(_OF_KEY, line):
        return Question(text, Kind.PASSPHRASE, found["subject"])
    account = re.match(_ACCOUNT, line)
    kind = Kind.PASSWORD if re.search(_OF_ACCOUNT, line) else Kind.OTHER
    return Question(text, kind, account["subject"] if account else "")


class Dialogue:
    """Answers the questions of one attempt to connect.

    Args:
        name: What to call the host.
        accounts: How the host may be called in a question: `user@host`. Empty accepts any name.
        contexts: Credentials that may be used there.
        ask: Puts a question to a person and returns the answer, or None; None if nobody is there.
    """

    def __init__(
        self,
        name: str,
        accounts: Sequence[str],
        contexts: Sequence[Context],
        ask: Callable[[str], str | None] | None,
    ) -> None:
        self._name = name
        self._accounts = accounts
        self._contexts = contexts
        self._ask = ask
        self._used: set[tuple[str, int]] = set()
        self._asked: set[str] = set()
        self.is_secret_last = False
        """Whether the last thing that the host was sent is a secret of a context."""
        self.was_answered = False
        """Whether a person has answered something."""
        self.was_unanswered = False
        """Whether a person would have had to answer something, and nobody did."""

    def answer(self, text: str) -> str:
        """Return the answer to a question.

        Raises:
            AuthenticationFailed: nobody has one, or the one that there was has been refused.
        """
        question = understand(text)
        if question.kind != Kind.HOST_KEY:
            known = self._from_contexts(question)
            if known is not None:
                self.is_secret_last = question.kind != Kind.PASSPHRASE
                self._asked.add(text)
                return known
        if self._was_refused(question):
            raise AuthenticationFailed(
                f"{self._name} did not accept the {_secret_name(question)}",
                hint="it was sent once and is not sent again; correct it",
            )
        self._asked.add(text)
        self.is_secret_last = False
        return self._from_person(question)

    @property
    def was_sent(self) -> bool:
        """Whether the host was sent a secret of a context, and nothing that a person said.

        With an answer of a person among what was sent, nobody can tell which of them was wrong.
        """
        sent = any(kind != Kind.PASSPHRASE for kind, _ in self._used)
        return sent and not self.was_answered and not self.was_unanswered

    def _from_person(self, question: Question) -> str:
        self.was_unanswered = True
        if self._ask is None:
            raise self._unanswered(question)
        try:
            given = self._ask(_shown(question.text))
        except SagaException:  # the connection ended meanwhile
            self.was_unanswered = False
            raise
        except Exception as error:
            raise AuthenticationFailed(
                f"the question of {self._name} was not answered: `on_question` failed with"
                f" {type(error).__name__}"
            ) from error
        if given is None:
            raise self._unanswered(question)
        self.was_unanswered = question.kind == Kind.HOST_KEY  # what was said is final
        self.was_answered = not self.was_unanswered
        return given

    def _from_contexts(self, question: Question) -> str | None:
        for place, context in enumerate(self._contexts):
            secret = self._secret(context, question)
            if secret and (question.kind, place) not in self._used:
                self._used.add((question.kind, place))
                return secret
        return None

    def _was_refused(self, question: Question) -> bool:
        """Whether the answer to this question has been sent, by whomever."""
        if question.text in self._asked:
            return True
        if question.kind == Kind.OTHER:  # a server may ask for several things
            return False
        if question.kind == Kind.PASSPHRASE:  # several keys may each have one
            return any(self._secret(context, question) for context in self._contexts)
        return any(kind == question.kind for kind, _ in self._used)

    def _secret(self, context: Context, question: Question) -> str | None:
        kind = context.type.lower()
        if question.kind == Kind.PASSPHRASE:
            key = context.user_key or ""
            same = os.path.realpath(key) == os.path.realpath(question.subject)
            return context.user_pass if kind == "ssh" and key and same else None
        if not self._is_for_us(question):
            return None
        if question.kind == Kind.PASSWORD:
            return context.user_pass if kind == "userpass" else None
        return context.token if question.kind == Kind.OTHER else None

    def _is_for_us(self, question: Question) -> bool:
        if not self._accounts:
            return True
        user, _, host = question.subject.lower().partition("@")
        for account in self._accounts:
            ours, _, name = account.lower().partition("@")
            # ssh cuts long host names in its questions, and none but those.
            if user == ours and host in (name, name[:_LONGEST_HOST]):
                return True
        return False

    def _unanswered(self, question: Question) -> AuthenticationFailed:
        if question.kind == Kind.HOST_KEY:
            return AuthenticationFailed(
                f"the host key of {self._name} is unknown and nobody accepted it",
                hint="connect once by hand with `ssh`, or set the session's `on_question`",
            )
        return AuthenticationFailed(
            f"{self._name} asks `{_shown(question.text)}` and no context of the session answers",
            hint="add a context to the session, or set its `on_question`",
        )


def _shown(text: str) -> str:
    return text.strip()


def _secret_name(question: Question) -> str:
    if question.kind == Kind.OTHER:
        return f"answer to `{_shown(question.text)}`"
    if question.kind == Kind.PASSPHRASE:
        return f"passphrase of `{question.subject}`"
    return question.kind
