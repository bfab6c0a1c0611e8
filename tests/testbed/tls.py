"""A certificate authority that nobody knows, and a certificate that it signed for this host."""

import shutil
import subprocess

_OPENSSL = shutil.which("openssl")


def why_not():
    """Return why there can be no certificates here, or an empty string."""
    return "" if _OPENSSL else "`openssl` is not installed"


def issue(folder):
    """Return the files with the authority's certificate, and with a server's and its key."""
    authority, key = folder / "ca.pem", folder / "ca.key"
    _request(authority, key, "/CN=an authority of a test")
    server, own = folder / "server.pem", folder / "server.key"
    for_whom = ("-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE")
    _request(server, own, "/CN=a server of a test", "-CA", authority, "-CAkey", key, *for_whom)
    server.write_text(server.read_text() + own.read_text())
    return authority, server


def _request(certificate, key, subject, *more):
    words = ["req", "-x509", "-nodes", "-days", "2"]
    words += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command = [_OPENSSL, *words, "-subj", subject, "-keyout", key, "-out", certificate, *more]
    subprocess.run(command, check=True, capture_output=True)
