"""The adaptor's command line: `new-name`, or `python -m new_name`."""

from juncture.runtime import EntryPoint


def main() -> None:
    """Run the command that the command line names."""
    # As text: a command that only talks to a daemon then never imports the adaptor.
    EntryPoint("new_name.adaptor:NewNameAdaptor").start()


if __name__ == "__main__":
    main()
