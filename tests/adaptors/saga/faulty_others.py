"""Context and resource adaptors with one fault each; see `faulty_jobs`."""

import os

from adaptors.saga.lent_hosts import LentCompute, LentManager, Loan

import juncture.saga as rs
from juncture.saga.cpi import SYNC

FAULTS = {}
"""`name: (API type, class, the test that finds it)`."""


def fault(api_type, test):
    def keep(cls):
        FAULTS[cls.__name__] = (api_type, cls, test)
        return cls

    return keep


class KeyContext(rs.cpi.Context):
    """A right one: a key file and a password."""

    @SYNC
    def init_instance(self, kind):
        pass

    @SYNC
    def _initialize(self, session):
        path = os.path.abspath(self._api.user_key)
        if not os.path.isfile(path):
            raise rs.BadParameter(f"there is no `{path}`")
        if not os.access(path, os.R_OK):
            raise rs.PermissionDenied(f"`{path}` cannot be read")
        self._api.user_key = path


@fault("Context", "test_a_missing_file_is_refused")
class ChecksNothing(KeyContext):
    @SYNC
    def _initialize(self, session):
        pass


@fault("Context", "test_secrets_are_shown_nowhere")
class LogsSecrets(KeyContext):
    @SYNC
    def _initialize(self, session):
        KeyContext._initialize(self, session)
        self._logger.warning("using %s", self._api.user_pass)


@fault("Context", "test_only_declared_attributes_are_filled_in")
class FillsInMore(KeyContext):
    @SYNC
    def _initialize(self, session):
        KeyContext._initialize(self, session)
        self._api.user_vo = "moon"


@fault("Context", "test_a_session_takes_a_copy")
class ForgetsTheUser(KeyContext):
    @SYNC
    def _initialize(self, session):
        KeyContext._initialize(self, session)
        self._api.user_id = "nobody"


@fault("resource.Manager", "test_what_cannot_be_had_is_refused")
class PromisesAnything(LentManager):
    @SYNC
    def acquire(self, spec):
        loan = Loan(f"[{self.url}]-[{next(self._adaptor.numbers)}]", spec)
        self._adaptor.lent[loan.id] = loan
        return self.hand_out(loan)


@fault("resource.Manager", "test_an_id_of_nothing_does_not_exist")
class KnowsEveryId(LentManager):
    def find(self, rid):
        return self._adaptor.lent.get(rid) or Loan(rid, rs.resource.ComputeDescription())


@fault("resource.Compute", "test_what_is_destroyed_is_no_longer_listed")
class StaysListed(LentCompute):
    @SYNC
    def destroy(self):
        self.loan.ended.set()


@fault("resource.Compute", "test_what_is_destroyed_has_ended")
class NeverEnds(LentCompute):
    @SYNC
    def destroy(self):
        self._adaptor.lent.pop(self.loan.id, None)


RIGHT = {"Context": KeyContext, "resource.Manager": LentManager, "resource.Compute": LentCompute}


class Adaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        classes = dict(RIGHT)
        if name := os.environ.get("JUNCTURE_TEST_FAULT"):
            classes[FAULTS[name][0]] = FAULTS[name][1]
        globals().update({cls.__name__: cls for cls in classes.values()})
        info = {
            "name": "test.others",
            "version": "v1",
            "schemas": ["faulty"],
            "capabilities": {"ctx_attributes": ["UserKey", "UserID", "UserPass"]},
            "cpis": [
                {"type": f"rs.{api_type}", "class": cls.__name__}
                for api_type, cls in classes.items()
            ],
        }
        rs.cpi.AdaptorBase.__init__(self, info)
        self.lent, self.numbers = {}, iter(range(10**6))
