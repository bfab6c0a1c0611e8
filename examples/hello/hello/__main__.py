"""The adaptor's command line: `python -m hello`."""

from juncture.runtime import EntryPoint

if __name__ == "__main__":
    EntryPoint("hello.adaptor:HelloAdaptor").start()
