"""The configuration that the OpenSSH client is given: the user's, and a session's credentials.

The default session connects as the user's own `ssh` would, with the session's keys tried first. Any
other session gets a configuration of its own: what the user's says about the way to the host
(names, ports, jumps, algorithms, known host keys) is kept, and what it says about credentials is
not. It is a file, and not options, because ssh hands its `-F` on to the ssh of a jump host.
Source: ssh_config(5).
"""

from __future__ import annotations

import os

from juncture.saga.exceptions import BadParameter, NoSuccess, Timeout
from juncture.saga.shell._process import PipedProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from juncture.saga.context import Context
    from juncture.saga.session import Session

CONFIG_VARIABLE = "JUNCTURE_SSH_CONFIG"
"""Environment variable with an ssh configuration to use in place of the user's and the system's."""

_IN_HOSTS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:%[]-")
_NOT_IN_USERS = frozenset([*map(chr, range(0x21)), "\x7f", *"'\"`$;&<>|(){}\\"])
_ASK_TIMEOUT_S = 30.0

# The way to a host, without anything that says who we are there.
_KEPT = frozenset(
    [
        "addressfamily",
        "bindaddress",
        "bindinterface",
        "casignaturealgorithms",
        "checkhostip",
        "ciphers",
        "compression",
        "connectionattempts",
        "connecttimeout",
        "fingerprinthash",
        "globalknownhostsfile",
        "hashknownhosts",
        "hostkeyalgorithms",
        "hostkeyalias",
        "hostname",
        "ipqos",
        "kexalgorithms",
        "knownhostscommand",
        "loglevel",
        "macs",
        "nohostauthenticationforlocalhost",
        "port",
        "proxycommand",
        "proxyjump",
        "proxyusefdpass",
        "rekeylimit",
        "requiredrsasize",
        "serveralivecountmax",
        "serveraliveinterval",
        "stricthostkeychecking",
        "tcpkeepalive",
        "updatehostkeys",
        "user",
        "userknownhostsfile",
        "verifyhostkeydns",
    ]
)
_DEFAULTS = "Host *\n  ConnectTimeout 30\n  ServerAliveInterval 15\n  ServerAliveCountMax 4\n"


class Target:
    """Where to connect, as the caller said it; None leaves it to the configuration."""

    __slots__ = ("host", "port", "user")

    def __init__(self, host: str, user: str | None = None, port: int | None = None) -> None:
        self.host = host
        self.user = user
        self.port = port

    def with_user(self, user: str | None) -> Target:
        """Return the same place for another user."""
        return Target(self.host, user, self.port)

    @property
    def name(self) -> str:
        """What to call it in messages."""
        user = f"{self.user}@" if self.user else ""
        return f"{user}{self.host}" + (f":{self.port}" if self.port else "")

    def arguments(self) -> list[str]:
        """Return what ssh is given for it."""
        return [
            *(("-l", self.user) if self.user else ()),
            *(("-p", str(self.port)) if self.port else ()),
            "--",
            self.host,
        ]

    def check(self) -> None:
        """Refuse what ssh, or a command in its configuration, could take for something else.

        Raises:
            BadParameter: the host or the user is no name.
        """
        if not _is_name(self.host) or not _IN_HOSTS.issuperset(self.host):
            raise BadParameter(f"{self.host!r} is not the name of a host")
        user = self.user
        if user is not None and not (_is_name(user) and _NOT_IN_USERS.isdisjoint(user)):
            raise BadParameter(f"{user!r} is not the name of a user")


class Resolved:
    """What the user's configuration makes of a target.

    Args:
        options: The values of each option, by its name in small letters.
    """

    __slots__ = ("options",)

    def __init__(self, options: dict[str, list[str]]) -> None:
        self.options = options

    def first(self, name: str) -> str:
        """Return the value of an option, or an empty string."""
        value = self.options.get(name, [""])[0]
        return "" if value == "none" else value

    @property
    def accounts(self) -> list[str]:
        """How ssh may call the account in a question; empty if no other host is on the way."""
        if not self.first("proxyjump") and not self.first("proxycommand"):
            return []
        hosts = {self.first("hostname"), self.first("hostkeyalias"), self.first("host")} - {""}
        return [f"{self.first('user')}@{host}" for host in sorted(hosts)]


class Query:
    """A question to ssh: what does the user's configuration say about a target?

    ssh works on it from the beginning; `answer` waits for it.

    Args:
        program: The OpenSSH client.
        target: The target.
        config: The configuration in place of the user's and the system's; None for those.

    Raises:
        NoSuccess: there is no ssh.
    """

    def __init__(self, program: str, target: Target, config: str | None) -> None:
        self._name = target.name
        argv = [program, *(("-F", config) if config else ()), "-G", *target.arguments()]
        try:
            self._process = PipedProcess(argv)
        except FileNotFoundError as error:
            raise NoSuccess(
                f"`{program}` is not there", hint="install the OpenSSH client"
            ) from error

    def answer(self) -> Resolved:
        """Return what it says.

        Raises:
            NoSuccess: the configuration is wrong.
            Timeout: a program that it names does not end.
        """
        outcome = self._process.outcome(_ASK_TIMEOUT_S)
        if outcome is None:
            raise Timeout(
                f"ssh has not read its configuration for {self._name} in {_ASK_TIMEOUT_S:g} s",
                hint="`Match exec` in it may name a program that does not end",
            )
        status, output, errors = outcome
        if status:
            said = errors.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
            raise NoSuccess(f"the ssh configuration for {self._name} is wrong: {said[-1]}")
        options: dict[str, list[str]] = {}
        for line in output.decode("utf-8", "surrogateescape").splitlines():
            name, _, value = line.partition(" ")
            options.setdefault(name.lower(), []).append(value)
        return Resolved(options)


def contexts_for(session: Session, target: Target) -> list[Context]:
    """Return the contexts of a session that may be used for a target."""
    return [context for context in session.contexts if _fits(context, target)]


def write(
    program: str,
    target: Target,
    resolved: Resolved,
    contexts: Sequence[Context],
    *,
    is_default: bool,
    config: str | None,
) -> str:
    """Return the text of the configuration for a session.

    Args:
        program: The OpenSSH client.
        target: Where to.
        resolved: What the user's configuration says about that.
        contexts: The session's, as far as they may be used there.
        is_default: Whether the user's own credentials may be used, too.
        config: The configuration in place of the user's and the system's; None for those.

    Raises:
        BadParameter: only the user's own credentials lead there.
    """
    if is_default:
        return _with_user_config(contexts, resolved, config)
    _check_proxy(target, resolved)
    keys = _keys(contexts)
    lines = [
        "Host *",
        "  IdentitiesOnly yes",
        "  IdentityAgent none",
        "  PKCS11Provider none",
        "  AddKeysToAgent no",
        "  ForwardAgent no",
        "  GSSAPIAuthentication no",
        "  HostbasedAuthentication no",
        *(keys or ["  IdentityFile none"]),
    ]
    for place, found in _way(program, target, resolved, config):
        lines.append(f"Host {place.host}")
        lines += (
            f"  {name} {value}"
            for name in sorted(_KEPT & found.options.keys())
            for value in found.options[name]
        )
    return "\n".join(lines) + "\n" + _DEFAULTS


def _with_user_config(contexts: Sequence[Context], resolved: Resolved, config: str | None) -> str:
    from juncture.saga.session import DefaultSession

    found = {context.user_key for context in DefaultSession().contexts}
    keys = _keys([context for context in contexts if context.user_key not in found])
    last = _keys([context for context in contexts if context.user_key in found])
    included = [config] if config else ["~/.ssh/config", "/etc/ssh/ssh_config"]
    lines = [*(["Host *", *keys] if keys else ())]
    lines += (f"Include {_word(os.path.expanduser(path))}" for path in included)
    if keys or last:  # ssh would try its usual keys only if none were named
        usual = (os.path.expanduser(path) for path in resolved.options.get("identityfile", ()))
        last += [f"  IdentityFile {_word(path)}" for path in usual if os.path.isfile(path)]
        lines += ["Host *", *last]
    return "\n".join(lines) + "\n" + _DEFAULTS


def _way(
    program: str, target: Target, resolved: Resolved, config: str | None
) -> Iterable[tuple[Target, Resolved]]:
    """Yield the target and each jump host on the way to it, with what is said about them."""
    yield target, resolved
    seen = {target.host}
    todo = _jumps(resolved)
    while todo:
        hop = todo.pop()
        if hop.host not in seen:
            seen.add(hop.host)
            found = Query(program, hop, config).answer()
            yield hop, found
            todo += _jumps(found)


def _check_proxy(target: Target, resolved: Resolved) -> None:
    """Refuse a way to the host on which an ssh of its own would use the user's credentials."""
    words = resolved.first("proxycommand").split()
    if words and os.path.basename(words[0]) in ("ssh", "gsissh"):
        raise BadParameter(
            f"the way to {target.name} is an `ssh` in `ProxyCommand`, which this session's"
            " credentials cannot be given to",
            hint="say it with `ProxyJump`, or use a default session",
        )


def _jumps(resolved: Resolved) -> list[Target]:
    hops: list[Target] = []
    for text in filter(None, resolved.first("proxyjump").split(",")):
        host = text.removeprefix("ssh://").rpartition("@")[2].rstrip("/")
        if host.count(":") == 1 or "]" in host:
            before, _, port = host.rpartition(":")
            host = before if port.isdecimal() else host
        hops.append(Target(host.strip("[]")))
    return hops


def _keys(contexts: Sequence[Context]) -> list[str]:
    lines: list[str] = []
    for context in contexts:
        if context.type.lower() == "ssh" and context.user_key:
            lines.append(f"  IdentityFile {_word(context.user_key)}")
            certificate = context.user_cert or ""
            if certificate.endswith("-cert.pub"):
                lines.append(f"  CertificateFile {_word(certificate)}")
    return lines


def _is_name(text: str) -> bool:
    return bool(text) and not text.startswith("-")


def _fits(context: Context, target: Target) -> bool:
    for allowed, value in (
        (context.remote_host, target.host),
        (context.remote_port, None if target.port is None else str(target.port)),
        (context.remote_id, target.user),
    ):
        if allowed and value is not None and value not in allowed:
            return False
    return not (context.user_id and target.user and context.user_id != target.user)


def _word(path: str) -> str:
    """Return a path as ssh_config wants it.

    Raises:
        BadParameter: the file format has no way to say it.
    """
    if '"' in path or "\n" in path:
        raise BadParameter(f"ssh cannot be told of a file called {path!r}", hint="rename it")
    return '"' + path.replace("%", "%%") + '"'
