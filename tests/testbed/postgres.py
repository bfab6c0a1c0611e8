"""A real PostgreSQL server for tests: a socket in a directory of its own, no port."""

import glob
import os
import pwd
import shutil
import subprocess
import tempfile

from processes import PATIENCE_S


def programs():
    """Return where the programs of the newest server are, or None."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: (len(path), path))
    on_path = shutil.which("initdb")
    if on_path:
        found.append(os.path.dirname(on_path))
    return found[-1] if found else None


def why_not():
    """Return why there is no server for the tests, or an empty text."""
    if programs() is None:
        return "there is no PostgreSQL server here: no initdb"
    return ""


class Server:
    """A server that lets everybody in but `asked`, who has the password `right`."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="juncture-pg-")
        self.data = os.path.join(self.directory, "data")
        self.log = os.path.join(self.directory, "log")
        self._count = 0
        self._account = None
        if os.getuid() == 0:  # the server refuses to run as root
            self._account = pwd.getpwnam("nobody")
            os.chown(self.directory, self._account.pw_uid, self._account.pw_gid)
        try:
            self._run("initdb", "--auth=trust", "--username=me", "--no-sync", "-D", self.data)
            with open(os.path.join(self.data, "pg_hba.conf"), "w") as file:
                file.write("local all asked scram-sha-256\nlocal all all trust\n")
            self.start()
            self.sql("CREATE ROLE asked LOGIN PASSWORD 'right'; CREATE ROLE reader LOGIN")
        except BaseException:
            shutil.rmtree(self.directory)
            raise

    def _run(self, program, *arguments):
        subprocess.run(
            [os.path.join(programs(), program), *arguments],
            check=True,
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            user=self._account and self._account.pw_uid,
            group=self._account and self._account.pw_gid,
            extra_groups=[] if self._account else None,
            env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
        )

    def start(self):
        options = f"-c listen_addresses='' -c fsync=off -k {self.directory}"
        self._run("pg_ctl", "-w", "-l", self.log, "-o", options, "-D", self.data, "start")

    def stop(self):
        self._run("pg_ctl", "-w", "-m", "immediate", "-D", self.data, "stop")

    def sql(self, text, database="postgres"):
        """Run statements past everything of ours, and return the rows of the last."""
        import psycopg

        with psycopg.connect(
            host=self.directory, user="me", dbname=database, autocommit=True
        ) as raw:
            rows = []
            for statement in filter(str.strip, text.split(";")):
                cursor = raw.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
            return rows

    def database(self, encoding="UTF8"):
        """Return the name of a new database."""
        self._count += 1
        name = f"db{self._count}"
        locale = "LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        self.sql(f"CREATE DATABASE {name} ENCODING '{encoding}' {locale}")
        self.sql(
            "GRANT ALL ON SCHEMA public TO asked; GRANT USAGE ON SCHEMA public TO reader", name
        )
        return name

    def url(self, database, user="me"):
        """Return the URL of a database; who has it waits as long as a test does."""
        patience = f"connect_timeout_s={PATIENCE_S}"
        return f"postgresql://{user}@/{database}?host={self.directory}&{patience}"

    def close(self):
        self.stop()
        shutil.rmtree(self.directory)
