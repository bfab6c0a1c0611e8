"""What became of the attempts to connect to one host in one session, and whether another is right.

A host must not be stormed and an account must not be locked: who waited while an attempt failed
gets that failure and does not make the same attempt again, and after a failure that a person has
to do something about nothing is sent until somebody has. That is: the session's credentials or its
`on_question` are other ones, or a program asks for the host anew. A secret of a context that was
refused is not sent again even then. Attempts that only offered keys may be repeated: the host
may be on its way up. The caller holds a lock during an attempt; nothing here does I/O.
"""

from __future__ import annotations

from juncture.saga.exceptions import AuthenticationFailed, SagaException, Timeout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from juncture.saga.shell.dialogue import Dialogue

_REFUSED_ANSWERS = 3


class Attempts:
    """The attempts of one master."""

    def __init__(self) -> None:
        self.made = 0
        """How many have ended; compared to tell whether one has ended meanwhile."""
        self._error: SagaException | None = None
        self._credentials: object = None
        self._is_barred = False
        self._is_spent = False
        self._refused_answers = 0

    def check(self, made_before: int, credentials: object) -> None:
        """Raise what an attempt would come to, if it is not to be made.

        Args:
            made_before: What `made` was when the caller began to wait for its turn.
            credentials: What tells the session's credentials, and who is asked, from others.
        """
        error = self._error
        if error is None:
            return
        if self.made != made_before or (self._is_barred and credentials == self._credentials):
            raise type(error)(error.message, hint=error.hint) from error

    def allow(self) -> None:
        """Somebody asks for the host: a person may be asked again."""
        if not self._is_spent:
            self._is_barred = False
            self._refused_answers = 0

    def succeeded(self) -> None:
        """The connection is up."""
        self.made += 1
        self._error = None
        self._is_barred = self._is_spent = False
        self._refused_answers = 0

    def failed(self, error: SagaException, dialogue: Dialogue | None, credentials: object) -> bool:
        """Remember a failure and say whether nothing is tried any more.

        Args:
            error: Why.
            dialogue: What was asked and answered; None if it did not come to that.
            credentials: As in `check`.
        """
        self.made += 1
        self._error, self._credentials = error, credentials
        self._is_barred = self._is_spent = False
        if dialogue is None:
            return False
        if isinstance(error, AuthenticationFailed):
            self._is_spent = dialogue.was_sent
            self._refused_answers += dialogue.was_answered
            is_told = dialogue.was_unanswered or self._refused_answers >= _REFUSED_ANSWERS
            self._is_barred = self._is_spent or is_told
        elif not isinstance(error, Timeout):
            # A server may hang up to say that a password was wrong.
            self._is_barred = dialogue.is_secret_last
        return self._is_barred
