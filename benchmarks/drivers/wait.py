"""Floor of a daemon's memory: an interpreter that imports nothing and waits for its next line."""

import sys

for _ in sys.stdin:
    print("[]", flush=True)
