"""FTP over TLS (RFC 4217), with certificates that are verified.

The standard library's client verifies none unless it is told to, and fsspec does not tell it; then
the password goes to whoever answers. Data connections go on with the session of the control
connection, as many servers demand: so they know that it is the same client.
"""

from __future__ import annotations

import ftplib
import ssl
from typing import Any


def verified(kind: Any) -> Any:
    """Return fsspec's class of FTP file systems with connections that verify the server."""

    class Verified(kind):  # type: ignore[misc]
        def _connect(self) -> None:
            made = _Implicit if isinstance(self.tls, str) else _Explicit
            self.ftp = made(
                timeout=self.timeout,
                encoding=self.encoding,
                context=ssl.create_default_context(),
            )
            self.ftp.connect(self.host, self.port)
            self.ftp.login(*self.cred)
            self.ftp.prot_p()

    return Verified


class _Explicit(ftplib.FTP_TLS):
    """A connection that begins in the clear and is encrypted before the login."""

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[Any, int | None]:
        """Open a data connection, in the TLS session of this one."""
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321 - as above
        control: Any = self.sock
        try:
            return (
                self.context.wrap_socket(data, server_hostname=self.host, session=control.session),
                size,
            )
        except BaseException:
            data.close()
            raise


class _Implicit(_Explicit):
    """A connection that is encrypted from its first byte."""

    _plain: Any = None

    @property
    def sock(self) -> Any:
        """The socket of this connection."""
        return self._plain

    @sock.setter
    def sock(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, value: Any
    ) -> None:
        if value is not None and not isinstance(value, ssl.SSLSocket):
            value = self.context.wrap_socket(value, server_hostname=self.host)
        self._plain = value
