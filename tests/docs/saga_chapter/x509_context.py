"""The chapter's context adaptor: which exception says what."""

import os

import juncture.saga as rs
from juncture.saga.cpi import SYNC

_ADAPTOR_NAME = "rs.adaptor.x509"
_ADAPTOR_SCHEMAS = ["X509"]
_ADAPTOR_INFO = {
    "name": _ADAPTOR_NAME,
    "version": "v0.1",
    "cpis": [{"type": "rs.Context", "class": "ContextX509", "schemas": _ADAPTOR_SCHEMAS}],
}


class Adaptor(rs.cpi.AdaptorBase):
    def __init__(self):
        rs.cpi.AdaptorBase.__init__(self, _ADAPTOR_INFO, [])


class ContextX509(rs.cpi.Context):
    def __init__(self, api, adaptor):
        rs.cpi.Base.__init__(self, api, adaptor, "ContextX509")

    @SYNC
    def init_instance(self, type):  # noqa: A002
        if type.lower() not in (schema.lower() for schema in _ADAPTOR_SCHEMAS):
            raise rs.exceptions.BadParameter(
                "the x509 context adaptor only handles x509 contexts - duh!"
            )

    @SYNC
    def _initialize(self, session):
        if not self._api.user_proxy:
            self._api.user_proxy = "x509up_u%d" % os.getuid()  # noqa: UP031 - fallback

        if not os.path.exists(self._api.user_proxy) or not os.path.isfile(self._api.user_proxy):
            raise rs.exceptions.BadParameter(
                "X509 proxy does not exist: %s" % self._api.user_proxy  # noqa: UP031
            )

        try:
            fh = open(self._api.user_proxy)  # noqa: SIM115
        except Exception as e:
            raise rs.exceptions.PermissionDenied(
                "X509 proxy '%s' not readable: %s" % (self._api.user_proxy, str(e))  # noqa: UP031
            ) from e
        else:
            fh.close()
