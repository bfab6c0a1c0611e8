"""The adaptor's command line: `python -m mitsuba_adaptor`."""

from juncture.runtime import EntryPoint

if __name__ == "__main__":
    EntryPoint("mitsuba_adaptor.adaptor:MitsubaAdaptor").start()
