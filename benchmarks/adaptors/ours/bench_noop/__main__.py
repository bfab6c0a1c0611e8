"""Console entry of the benchmark's adaptor on juncture."""

from juncture.runtime import EntryPoint


def main() -> None:
    EntryPoint("bench_noop.adaptor:NoopAdaptor").start()


if __name__ == "__main__":
    main()
