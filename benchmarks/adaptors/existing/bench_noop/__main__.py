"""Console entry of the benchmark's adaptor on the existing runtime."""

from openjd.adaptor_runtime import EntryPoint

from bench_noop.adaptor import NoopAdaptor


def main() -> None:
    EntryPoint(NoopAdaptor).start()


if __name__ == "__main__":
    main()
