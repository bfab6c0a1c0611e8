"""A resource adaptor that lends out cores of this host, at most four at a time, for the kit."""

import itertools
import threading

import juncture.saga as rs
from juncture.saga.cpi import SYNC

CORES = 4


class Adaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        cpis = [
            {"type": "rs.resource.Manager", "class": "LentManager"},
            {"type": "rs.resource.Compute", "class": "LentCompute"},
        ]
        rs.cpi.AdaptorBase.__init__(
            self, {"name": "test.lent", "version": "v1", "schemas": ["lent"], "cpis": cpis}
        )
        self.lent, self.numbers = {}, itertools.count(1)


class Loan:
    def __init__(self, loan_id, description):
        self.id, self.description = loan_id, description
        self.ended = threading.Event()


class LentManager(rs.cpi.resource.Manager):
    @SYNC
    def init_instance(self, url, session):
        self.url = url

    @SYNC
    def list(self, rtype=None):
        return [*self._adaptor.lent] if rtype in (None, rs.resource.COMPUTE) else []

    @SYNC
    def acquire(self, spec):
        if (spec.size or 1) > CORES - sum(each.description.size or 1 for each in self.loans()):
            raise rs.NoSuccess(f"there are not {spec.size} cores left")
        loan = Loan(f"[{self.url}]-[{next(self._adaptor.numbers)}]", spec)
        self._adaptor.lent[loan.id] = loan
        return self.hand_out(loan)

    @SYNC
    def acquire_by_id(self, rid):
        return self.hand_out(self.find(rid))

    @SYNC
    def get_description(self, rid):
        return self.find(rid).description.clone()

    @SYNC
    def destroy(self, rid):
        self._adaptor.lent.pop(self.find(rid).id).ended.set()

    def loans(self):
        return self._adaptor.lent.values()

    def find(self, rid):
        if rid not in self._adaptor.lent:
            raise rs.DoesNotExist(f"nothing is lent as `{rid}`")
        return self._adaptor.lent[rid]

    def hand_out(self, loan):
        state = {"loan": loan, "session": self.session}
        return rs.resource.Compute(loan.id, _adaptor=self._adaptor, _adaptor_state=state)


class LentCompute(rs.cpi.resource.Compute):
    @SYNC
    def init_instance(self, state):
        self.loan = state.get("loan") or self._adaptor.lent[state["resource_id"]]

    @SYNC
    def get_rtype(self):
        return rs.resource.COMPUTE

    @SYNC
    def get_state(self):
        return rs.resource.CANCELED if self.loan.ended.is_set() else rs.resource.ACTIVE

    @SYNC
    def get_access(self):
        return None if self.loan.ended.is_set() else "fork://localhost/"

    @SYNC
    def get_description(self):
        return self.loan.description.clone()

    @SYNC
    def destroy(self):
        self._adaptor.lent.pop(self.loan.id, None)
        self.loan.ended.set()

    @SYNC
    def wait(self, state=None, timeout=None):
        if (state or rs.resource.FINAL) & self.get_state():
            return True
        return self.loan.ended.wait(timeout) and bool(
            (state or rs.resource.FINAL) & rs.resource.CANCELED
        )
