"""The application's side. It imports the client as a top-level package, and only that."""

import os
import sys
import threading

from adaptor_runtime_client import ClientInterface


class OldStyleClient(ClientInterface):
    def __init__(self, server_path):
        super().__init__(server_path=server_path)
        self.actions.update({"scene": self.scene, "version": self.version, "render": self.render})

    def scene(self, args):
        rules = [rule.source_path_format for rule in self.path_mapping_rules()]
        print(f"App: scene {self.map_path(args['scene'])} by {rules}", flush=True)

    def version(self, args):
        print(f"App: version {args['version']!r}", flush=True)

    def render(self, args):
        how = args.get("how")
        print("App: Sample 1/2", flush=True)
        if how == "hold":
            print("App: holding", flush=True)
            threading.Event().wait()
        if how == "raise":
            raise ValueError("no such camera")
        if how == "exit":
            sys.exit(3)
        if how == "say error":
            print("Error: out of licences", flush=True)
        print(f"App: Finished Frame {args['frame']}", flush=True)

    def close(self, args=None):
        print("App: closing", flush=True)

    def graceful_shutdown(self, signum, frame):
        sys.exit(0)


if __name__ == "__main__":
    path = os.environ["OLD_STYLE_SERVER_PATH"]
    if not os.path.exists(path):
        raise OSError(f"there is no server at {path}")
    print(f"App: pid {os.getpid()}", flush=True)
    OldStyleClient(path).poll()
