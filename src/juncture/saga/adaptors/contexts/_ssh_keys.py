"""Private ssh keys: is one encrypted, and does a passphrase open it?

The first question is answered from the file (PROTOCOL.key of OpenSSH; RFC 1421 and RFC 5208 for
PEM), the second by `ssh-keygen`, which gets the passphrase on a pipe: on no command line, in no
variable and in no file.
"""

from __future__ import annotations

import binascii
import os

_HEAD_BYTES = 16384
_MAGIC = b"openssh-key-v1\0"
_TIMEOUT = 60.0  # a key may ask for many rounds of its derivation function
_ASKPASS = "#!/bin/sh\nexec cat\n"
"""`ssh-keygen` lets this inherit its standard input, which is the pipe with the passphrase."""


def is_private_key(path: str) -> bool:
    """Return whether a file looks like a private key that ssh can read."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False
    return head.lstrip().startswith(b"-----BEGIN ") and b"PRIVATE KEY-----" in head


def is_encrypted(path: str) -> bool:
    """Return whether a private key needs a passphrase.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file:
        text = file.read(_HEAD_BYTES)
    if b"BEGIN OPENSSH PRIVATE KEY" in text:
        return _cipher(text) != b"none"
    return b"BEGIN ENCRYPTED" in text or b"Proc-Type: 4,ENCRYPTED" in text


def _cipher(text: bytes) -> bytes:
    """Return the cipher that an OpenSSH key names; "none" means that it is in clear."""
    body = b"".join(line for line in text.splitlines() if b"-" not in line)
    try:
        data = binascii.a2b_base64(body[:128])
    except binascii.Error:
        return b"none"
    if not data.startswith(_MAGIC):
        return b"none"
    start = len(_MAGIC) + 4
    length = int.from_bytes(data[start - 4 : start], "big")
    return data[start : start + length]


def opens(path: str, passphrase: str) -> bool | None:
    """Return whether a passphrase opens a key; None when that cannot be found out here."""
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory(prefix="juncture-") as directory:
        askpass = os.path.join(directory, "askpass")
        with open(askpass, "x", encoding="ascii") as file:
            file.write(_ASKPASS)
        os.chmod(askpass, 0o700)
        asked = {"SSH_ASKPASS": askpass, "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
        try:
            if subprocess.call(askpass, stdin=subprocess.DEVNULL):  # noqa: S603 - the line above
                return None  # nothing can be executed there
            done = subprocess.run(  # noqa: S603 - an argument list, without a shell
                ["ssh-keygen", "-y", "-f", path],  # noqa: S607 - the user's own
                input=passphrase.encode("utf-8", "surrogateescape") + b"\n",
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **asked},
                start_new_session=True,  # no terminal to ask at
                timeout=_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.returncode == 0
