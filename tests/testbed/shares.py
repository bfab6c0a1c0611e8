"""FTP, WebDAV and S3 servers from PyPI, each a process of its own on a free port.

usage: python shares.py ftp|webdav|s3 FOLDER CERTIFICATE   prints the port, serves until it is ended

An empty CERTIFICATE means: without TLS. FOLDER means nothing to S3.
"""

import contextlib
import subprocess
import sys
from dataclasses import dataclass
from urllib.parse import quote

USER, PASSWORD = "bob", "s3cret/pass:word"
LOGIN = f"{USER}:{quote(PASSWORD, safe='')}@127.0.0.1"


@dataclass
class Server:
    """One that runs."""

    port: int
    process: subprocess.Popen

    def end(self):
        """End it at once, in the middle of whatever it does."""
        self.process.kill()
        self.process.wait()


def s3_files(endpoint):
    """Return the files of our S3 server, as fsspec shows them: another way to what is there."""
    import s3fs

    return s3fs.S3FileSystem(
        key="key",
        secret="not-so-secret",
        endpoint_url=endpoint,
        skip_instance_cache=True,
        use_listings_cache=False,
    )


@contextlib.contextmanager
def serving(kind, folder="", certificate=""):
    """Serve a folder to USER."""
    words = [kind, str(folder), str(certificate)]
    command = [sys.executable, "-W", "ignore", __file__, *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            line = server.stdout.readline()
            assert line.strip().isdecimal(), f"the {kind} server did not start"
            yield Server(int(line), server)
        finally:
            server.kill()


def ftp(folder, certificate):
    import logging

    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.servers import FTPServer

    logging.basicConfig(level=logging.CRITICAL)
    users = DummyAuthorizer()
    users.add_user(USER, PASSWORD, folder, perm="elradfmwMT")
    users.add_user("reader", PASSWORD, folder, perm="elr")
    handler = FTPHandler
    if certificate:
        from pyftpdlib.handlers import TLS_FTPHandler

        handler = TLS_FTPHandler
        handler.certfile = certificate
        handler.tls_control_required = handler.tls_data_required = True
    handler.authorizer = users
    server = FTPServer(("127.0.0.1", 0), handler)
    print(server.address[1], flush=True)
    server.serve_forever()


def webdav(folder, certificate):
    from cheroot import wsgi
    from wsgidav.wsgidav_app import WsgiDAVApp

    application = WsgiDAVApp(
        {
            "host": "127.0.0.1",
            "port": 0,
            "provider_mapping": {"/": folder},
            "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
            "http_authenticator": {"accept_basic": True, "accept_digest": False},
            "logging": {"enable": False},
            "verbose": 0,
        }
    )
    server = wsgi.Server(("127.0.0.1", 0), application, numthreads=4)
    if certificate:
        from cheroot.ssl.builtin import BuiltinSSLAdapter

        server.ssl_adapter = BuiltinSSLAdapter(certificate, certificate)
    server.prepare()
    print(server.bind_addr[1], flush=True)
    server.serve()


def s3(_, certificate):
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    application = DomainDispatcherApplication(create_backend_app)
    tls = (certificate, certificate) if certificate else None
    server = make_server("127.0.0.1", 0, application, threaded=True, ssl_context=tls)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    {"ftp": ftp, "webdav": webdav, "s3": s3}[sys.argv[1]](*sys.argv[2:])
