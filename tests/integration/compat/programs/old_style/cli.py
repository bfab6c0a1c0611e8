import logging
import os

from openjd.adaptor_runtime import EntryPoint

from old_style.adaptor import OldStyleAdaptor

_logger = logging.getLogger(__name__)


def main(reentry_exe=None):
    """Return 1 where something failed, as all public adaptors do."""
    try:
        EntryPoint(OldStyleAdaptor).start(
            reentry_exe=reentry_exe,
            timeout_in_seconds=float(os.environ.get("OLD_STYLE_TIMEOUT", "3600")),
        )
    except Exception as error:  # noqa: BLE001 - as they do
        _logger.error("Entrypoint failed: %s", error)  # noqa: TRY400 - as they do
        return 1
    _logger.info("Done main")
    return 0


def careless_main():
    """Catch nothing."""
    EntryPoint(OldStyleAdaptor).start()
