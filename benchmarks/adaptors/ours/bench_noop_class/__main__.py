"""Console entry that imports the adaptor's class before it knows the command."""

from bench_noop.adaptor import NoopAdaptor

from juncture.runtime import EntryPoint


def main() -> None:
    EntryPoint(NoopAdaptor).start()


if __name__ == "__main__":
    main()
