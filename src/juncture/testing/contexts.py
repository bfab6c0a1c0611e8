# pyright: reportPrivateUsage=false
# ruff: noqa: SLF001
"""The conformance kit for context adaptors.

An adopter derives a test class and defines the fixture `context`: one that the adaptor accepts,
with what it needs set (files in `tmp_path`, a password). The oracle is the files themselves, and
what other sessions hold.
"""

from __future__ import annotations

import copy
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

import juncture.saga as rs
from juncture.testing.kit import Kit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SECRETS = ("UserPass", "Token")
_FILES = ("UserKey", "UserCert", "UserProxy", "CertRepository")


def _values(context: Any) -> dict[str, Any]:
    """Return the attributes of a context in CamelCase, secrets as they are."""
    return {key: context.get_attribute(key) for key in context.list_attributes()}


def _session() -> Any:
    return rs.Session(default=False)


class ContextAdaptorKit(Kit):
    """Everything that a context adaptor promises."""

    @pytest.fixture
    def context(self) -> Any:
        """Return a context that the adaptor accepts; the one thing that an adopter must define."""
        raise NotImplementedError("define the fixture `context`")

    @pytest.fixture
    def adaptor(self, context: Any) -> Any:
        """Return the adaptor that serves the context."""
        return context.clone()._bind()._adaptor

    @pytest.fixture
    def files(self, context: Any) -> Iterator[list[str]]:
        """Return the attributes of the context that name a file which is there."""
        names = [name for name in _FILES if name in _values(context)]
        found = [name for name in names if Path(context.get_attribute(name)).is_file()]
        if not found:
            pytest.skip("the context names no file")
        modes = {name: Path(context.get_attribute(name)).stat().st_mode for name in found}
        yield found
        for name, mode in modes.items():
            path = Path(context.get_attribute(name))
            if path.exists():
                path.chmod(mode)

    def test_standard_output_is_the_programs(
        self, capfd: pytest.CaptureFixture[str], context: Any
    ) -> None:
        """An adaptor prints nothing, it logs."""
        _session().add_context(context)
        assert capfd.readouterr().out == ""

    def test_its_type_is_one_that_is_declared(self, context: Any, adaptor: Any) -> None:
        """The type is a scheme of the adaptor, in whatever case."""
        schemes = [scheme.lower() for scheme in adaptor.get_schemas()]
        assert context.type.lower() in schemes
        for spelled in (context.type.lower(), context.type.upper()):
            assert rs.Context(spelled)._bind()._adaptor is adaptor

    def test_a_session_takes_a_copy(self, context: Any) -> None:
        """The context of the program stays as it is; what was given is kept in the copy."""
        before = _values(context)
        session = _session()
        session.add_context(context)
        assert _values(context) == before
        held = session.contexts[0]
        assert held is not context
        after = _values(held)
        assert {name: after.get(name) for name in before if name not in _FILES} == {
            name: value for name, value in before.items() if name not in _FILES
        }

    def test_a_copy_is_complete_at_once(self, context: Any) -> None:
        """Adding what a session holds to another one changes nothing more."""
        first, second = _session(), _session()
        first.add_context(context)
        second.add_context(first.contexts[0])
        assert _values(second.contexts[0]) == _values(first.contexts[0])

    def test_only_declared_attributes_are_filled_in(self, context: Any, adaptor: Any) -> None:
        """What the adaptor sets is among its `ctx_attributes`."""
        declared = adaptor.info.capabilities.get("ctx_attributes")
        if declared is None:
            pytest.skip(f"`{adaptor.get_name()}` declares no `ctx_attributes`")
        session = _session()
        session.add_context(context)
        changed = {*_values(session.contexts[0])} - {*_values(context)}
        assert changed <= {*declared}

    def test_files_are_absolute_and_there(self, context: Any, files: list[str]) -> None:
        """What a session holds can be used from any working directory."""
        session = _session()
        session.add_context(context)
        for name in files:
            path = session.contexts[0].get_attribute(name)
            assert Path(path).is_absolute()
            assert Path(path).is_file()

    def test_a_missing_file_is_refused(self, context: Any, files: list[str]) -> None:
        """It is named in a BadParameter, and the session stays as it was."""
        for name in files:
            broken = context.clone()
            broken.set_attribute(name, context.get_attribute(name) + ".missing")
            session = _session()
            with pytest.raises(rs.BadParameter, match=r"\.missing"):
                session.add_context(broken)
            assert len(session.contexts) == 0

    def test_an_unreadable_file_is_refused(self, context: Any, files: list[str]) -> None:
        """A file that may not be read is PermissionDenied, not missing."""
        if os.geteuid() == 0:
            pytest.skip("root may read every file")
        path = Path(context.get_attribute(files[0]))
        path.chmod(0)
        session = _session()
        with pytest.raises(rs.PermissionDenied):
            session.add_context(context)
        assert len(session.contexts) == 0

    def test_secrets_are_shown_nowhere(
        self, context: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Neither text nor log of a session has a password or token, not even when refused."""
        values = _values(context)
        secrets = [str(values[name]) for name in _SECRETS if values.get(name)]
        if not secrets:
            pytest.skip("the context has no secret")
        caplog.set_level(0)
        session = _session()
        session.add_context(context)
        held = session.contexts[0]
        shown = [*map(str, (held, session)), *map(repr, (held, session)), caplog.text]
        shown.append(str(held.as_dict()))
        for secret in secrets:
            assert not any(secret in text for text in shown)

    def test_sessions_do_not_see_each_other(self, context: Any) -> None:
        """A context is in the session that it was added to and in no other."""
        first, second = _session(), _session()
        first.add_context(context)
        assert (len(first.contexts), len(second.contexts)) == (1, 0)
        twin = copy.deepcopy(first)
        second.add_context(context)
        second.contexts[0].user_id = "somebody else"
        assert first.contexts[0].user_id == twin.contexts[0].user_id == context.user_id
        first.remove_context(context)
        assert [len(each.contexts) for each in (first, second, twin)] == [0, 1, 1]

    def test_it_can_be_copied_and_sent(self, context: Any) -> None:
        """Copies and pickles of what a session holds are usable contexts."""
        session = _session()
        session.add_context(context)
        held = session.contexts[0]
        for twin in (copy.deepcopy(held), pickle.loads(pickle.dumps(held))):  # noqa: S301 - ours
            assert _values(twin) == _values(held)
            _session().add_context(twin)

    def test_defaults_are_usable(self, adaptor: Any, context: Any) -> None:
        """What the adaptor finds of the user's own is of its type and has not been guessed."""
        cpi = rs.Context(context.type)._bind()
        schemes = [scheme.lower() for scheme in adaptor.get_schemas()]
        for found in cpi._get_default_contexts():
            assert found.type.lower() in schemes
            for name in _FILES:
                path = _values(found).get(name)
                assert path is None or Path(path).exists()
