import io
import logging
import re

import pytest

from juncture.errors import JunctureError
from juncture.runtime import app_handlers
from juncture.runtime.app_handlers import (
    CallbackError,
    CallbackErrors,
    RegexCallback,
    RegexHandler,
)
from juncture.runtime.line_delivery import LineDelivery
from juncture.runtime.log_levels import ADAPTOR_OUTPUT, STDERR, STDOUT, register_level_names
from juncture.runtime.stream_logger import LineSplitter, StreamLogger


@pytest.fixture
def logger():
    logger = logging.getLogger("test")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield logger
    logger.handlers.clear()
    logger.filters.clear()
    logger.propagate = True


class Records(logging.Handler):
    def __init__(self, seen, level=0):
        super().__init__(level)
        self.seen = seen

    def emit(self, record):
        self.seen.append(record.getMessage())


class Bulk(Records):
    def write_lines(self, level, lines):
        self.seen.append((level, list(lines)))


def compiled(*patterns):
    return [re.compile(pattern) for pattern in patterns]


def test_level_names_are_known():
    register_level_names()
    assert [logging.getLevelName(n) for n in (STDOUT, STDERR, ADAPTOR_OUTPUT)] == [
        "STDOUT",
        "STDERR",
        "ADAPTOR_OUTPUT",
    ]


class TestRegexCallback:
    def test_first_expression_that_is_found_counts(self):
        callback = RegexCallback(compiled("x", r"b(\d)", r"\d"), print)
        match = callback.get_match("ab1")
        assert match is not None
        assert match.re.pattern == r"b(\d)"
        assert callback.get_match("nothing") is None

    def test_list_is_copied(self):
        expressions = compiled("a")
        callback = RegexCallback(expressions, print)
        expressions.clear()
        assert callback.regex_list == compiled("a")
        assert callback == RegexCallback(compiled("a"), print)


class TestRegexHandler:
    def calls(self, *options, text="ab"):
        """Make callbacks that all match, with the given options, and say which were called."""
        called = []
        handler = RegexHandler(
            [
                RegexCallback(compiled(pattern), lambda _, n=number: called.append(n), **kwargs)
                for number, (pattern, kwargs) in enumerate(options)
            ]
        )
        handler.handle(logging.LogRecord("", STDOUT, "", 0, text, (), None))
        return called

    def test_all_that_match_are_called_in_order(self):
        assert self.calls(("a", {}), ("z", {}), ("b", {})) == [0, 2]

    def test_exit_if_matched_ends_the_line(self):
        assert self.calls(("a", {"exit_if_matched": True}), ("b", {})) == [0]
        assert self.calls(("z", {"exit_if_matched": True}), ("b", {})) == [1]

    def test_only_run_if_first_matched_is_skipped_after_a_match(self):
        assert self.calls(("a", {}), ("b", {"only_run_if_first_matched": True})) == [0]
        assert self.calls(("z", {}), ("b", {"only_run_if_first_matched": True})) == [1]

    def test_skipped_callback_does_not_end_the_line(self):
        skipped = {"only_run_if_first_matched": True, "exit_if_matched": True}
        assert self.calls(("a", {}), ("b", skipped), ("b", {})) == [0, 2]

    def test_percent_signs_are_text(self):
        assert self.calls(("100%d", {}), text="100%d") == [0]

    def test_list_may_change_between_lines(self):
        called = []
        handler = RegexHandler([])
        handler.handle_line("a")
        handler.regex_callbacks.append(RegexCallback(compiled("a"), lambda _: called.append(1)))
        handler.handle_line("a")
        assert called == [1]

    def test_emit_raises_what_a_callback_raised_after_trying_all(self):
        called = []
        handler = RegexHandler(
            [
                RegexCallback(compiled("a"), lambda _: 1 / 0),
                RegexCallback(compiled("a"), lambda _: called.append(1)),
            ]
        )
        with pytest.raises(CallbackError, match="ZeroDivisionError") as caught:
            handler.emit(logging.LogRecord("", STDOUT, "", 0, "a", (), None))
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        assert isinstance(caught.value, JunctureError)
        assert called == [1]


class TestCallbackErrors:
    def test_first_is_kept_and_every_one_told(self, monkeypatch, caplog):
        told = []
        monkeypatch.setattr(app_handlers, "on_callback_error", [lambda _: 1 / 0, told.append])
        errors = CallbackErrors()
        one, two = (CallbackError("callback `f`", "line", ValueError(n)) for n in "12")
        errors.report(one)
        errors.report(two)
        assert errors.first is one
        assert told == [one, two]
        assert "listener" in caplog.text

    def test_long_line_is_shortened_in_the_message_only(self):
        error = CallbackError("callback `f`", "x" * 10_000, ValueError("no"))
        assert len(str(error)) < 500
        assert error.line == "x" * 10_000


class TestLineSplitter:
    def lines(self, *blocks, **options):
        splitter = LineSplitter(**options)
        return [line for block in (*blocks, b"") for line in splitter.push(block)]

    def test_only_newlines_end_a_line(self):
        text = "a\x0bb\x0cc\x1cd\x85e\u2028f\rg"
        assert self.lines(text.encode() + b"\nh\r\n\ni\r") == [text, "h", "", "i\r"]

    def test_any_cut_into_blocks_gives_the_same_lines(self):
        data = "å\r\n\r\n€ \U0001f31a\r\rx\r\nlast".encode()
        whole = self.lines(data)
        assert whole == ["å", "", "€ \U0001f31a\r\rx", "last"]
        for size in range(1, len(data)):
            blocks = [data[at : at + size] for at in range(0, len(data), size)]
            assert self.lines(*blocks) == whole, size

    def test_bytes_that_do_not_decode_become_escapes(self):
        assert self.lines(b"\xc7a\xff\n\xe2\x82") == ["\\xc7a\\xff", "\\xe2\\x82"]

    def test_encoding(self):
        assert self.lines("é\nü\n".encode("utf-16"), encoding="utf-16") == ["é", "ü"]

    def test_stream_refused_by_its_decoder_is_still_read(self):
        assert self.lines(b"a\nb\n", encoding="utf-16") == ["a", "b"]

    @pytest.mark.parametrize("size", [1, 3, 100])
    def test_long_lines_come_in_pieces(self, size):
        data = b"0123456789\n0123\n01234567\n01234"
        blocks = [data[at : at + size] for at in range(0, len(data), size)]
        assert self.lines(*blocks, max_piece=4) == [
            *("0123", "4567", "89"),
            "0123",
            *("0123", "4567"),
            *("0123", "4"),
        ]


class TestLineDelivery:
    def deliver(self, logger, lines, handler=None, level=STDOUT):
        errors = CallbackErrors()
        LineDelivery([logger], level, handler, errors).deliver(lines)
        return errors.first

    def test_bulk_handler_gets_batches_and_others_get_records(self, logger):
        bulk, records = [], []
        logger.addHandler(Bulk(bulk))
        logger.addHandler(Records(records))
        self.deliver(logger, ["a %d", "b"])
        assert bulk == [(STDOUT, ["a %d", "b"])]
        assert records == ["a %d", "b"]

    def test_records_look_like_logging_made_them(self, logger):
        seen = []
        handler = Records([])
        handler.emit = seen.append
        logger.addHandler(handler)
        self.deliver(logger, ["a", "b"])
        logger.log(STDOUT, "c")
        assert [(r.name, r.levelno, r.levelname, r.getMessage(), r.args) for r in seen] == [
            ("test", STDOUT, seen[2].levelname, text, ()) for text in "abc"
        ]
        assert set(vars(seen[0])) == set(vars(seen[2]))
        assert seen[0] is not seen[1]
        assert seen[0].thread == seen[2].thread

    def test_record_factory_is_used(self, logger):
        def factory(*args, **kwargs):
            record = logging.LogRecord(*args, **kwargs)
            record.msg = f"<{record.msg}>"
            return record

        seen = []
        logger.addHandler(Records(seen))
        before = logging.getLogRecordFactory()
        logging.setLogRecordFactory(factory)
        try:
            self.deliver(logger, ["a"])
        finally:
            logging.setLogRecordFactory(before)
        assert seen == ["<a>"]

    def test_levels_hold(self, logger):
        seen, high = [], []
        logger.addHandler(Bulk(seen))
        logger.addHandler(Bulk(high, logging.CRITICAL))
        logger.setLevel(logging.CRITICAL)
        self.deliver(logger, ["a"])
        logger.setLevel(logging.INFO)
        self.deliver(logger, ["b"])
        assert (seen, high) == ([(STDOUT, ["b"])], [])

    def test_propagation_holds(self, caplog):
        parent, child = logging.getLogger("test_delivery"), logging.getLogger("test_delivery.child")
        self.deliver(child, ["up"])
        parent.propagate = False
        try:
            self.deliver(child, ["not up"])
        finally:
            parent.propagate = True
        assert caplog.messages == ["up"]

    def test_filters_of_logger_and_bulk_handler_hold(self, logger):
        seen = []
        bulk = Bulk(seen)
        logger.addHandler(bulk)
        logger.addFilter(lambda record: record.msg != "a")
        self.deliver(logger, ["a", "b", "c"])
        bulk.addFilter(lambda record: record.msg != "b")
        self.deliver(logger, ["a", "b", "c"])
        logger.filters.clear()
        self.deliver(logger, ["a", "b", "c"])
        assert seen == ["b", "c", "c", "a", "c"]

    def test_subclass_of_logger_and_adapter_see_every_line(self, logger):
        seen = []

        class Loud(logging.Logger):
            def log(self, level, msg, *args, **kwargs):
                super().log(level, msg.upper(), *args, **kwargs)

        class Prefix(logging.LoggerAdapter):
            def process(self, msg, kwargs):
                return f"> {msg}", kwargs

        loud = Loud("loud", logging.INFO)
        for target in (loud, logger):
            target.addHandler(Records(seen))
        self.deliver(loud, ["a"])
        self.deliver(Prefix(logger, {}), ["b"])
        assert seen == ["A", "> b"]

    def test_override_of_emit_below_bulk_wins(self, logger):
        class Mine(Bulk):
            def emit(self, record):
                self.seen.append(f"mine {record.getMessage()}")

        seen = []
        logger.addHandler(Mine(seen))
        self.deliver(logger, ["a"])
        assert seen == ["mine a"]

    def test_without_any_handler_the_last_resort_speaks(self, capsys):
        logger = logging.getLogger("nobody")
        logger.propagate = False
        logger.handlers.clear()
        self.deliver(logger, ["heard"])
        assert "heard" in capsys.readouterr().err

    def test_line_is_in_the_log_before_its_callback_and_later_ones_after(self, logger):
        seen = []
        logger.addHandler(Bulk(seen))
        handler = RegexHandler([RegexCallback(compiled("x"), lambda m: seen.append(m.string))])
        self.deliver(logger, ["a", "x1", "b", "x2", "c"], handler)
        assert seen == [
            (STDOUT, ["a", "x1"]),
            "x1",
            (STDOUT, ["b", "x2"]),
            "x2",
            (STDOUT, ["c"]),
        ]

    def test_subclass_of_regex_handler_gets_records(self, logger):
        class Mine(RegexHandler):
            def emit(self, record):
                seen.append(record.levelno)
                super().emit(record)

        seen = []
        handler = Mine([RegexCallback(compiled("x"), lambda m: seen.append(m.string))])
        self.deliver(logger, ["a", "x"], handler)
        assert seen == [STDOUT, STDOUT, "x"]

    def test_filter_and_level_of_regex_handler_hold(self, logger):
        seen = []
        handler = RegexHandler([RegexCallback(compiled(""), lambda m: seen.append(m.string))])
        handler.addFilter(lambda record: record.msg != "a")
        self.deliver(logger, ["a", "b"], handler)
        handler.setLevel(logging.CRITICAL)
        self.deliver(logger, ["c"], handler)
        assert seen == ["b"]

    def test_callback_that_raises_stops_nothing(self, logger):
        seen = []

        def fail(match):
            seen.append(match.string)
            raise SystemExit(match.string)

        log = []
        logger.addHandler(Bulk(log))
        error = self.deliver(logger, ["a", "b"], RegexHandler([RegexCallback(compiled(""), fail)]))
        assert seen == ["a", "b"]
        assert log == [(STDOUT, ["a"]), (STDOUT, ["b"])]
        assert error is not None
        assert error.line == "a"
        assert "fail" in str(error)

    def test_log_handlers_that_raise_stop_nothing(self, logger):
        class Full(Bulk):
            def write_lines(self, level, lines):
                raise OSError(28, "No space left on device")

        class Broken(Records):
            def handle(self, record):
                raise ValueError(record.msg)

        seen = []
        for handler in (Full([]), Broken([]), Records(seen)):
            logger.addHandler(handler)
        error = self.deliver(logger, ["a", "b"])
        assert seen == ["a", "b"]
        assert "Full" in str(error)


class TestStreamLogger:
    def log(self, stream, logger):
        seen = []
        logger.addHandler(Records(seen))
        thread = StreamLogger(stream=stream, loggers=[logger])
        thread.start()
        thread.join()
        return seen

    def test_text_and_bytes(self, logger, tmp_path):
        path = tmp_path / "out"
        path.write_bytes(b"a\rb\r\n\xff\n\xc3\xa5")
        with path.open("rb") as stream:
            assert self.log(stream, logger) == ["a\rb", "\\xff", "å"]
        with path.open(encoding="utf-8") as stream:
            assert self.log(stream, logger)[:3] == ["a\rb", "\\xff", "å"]

    def test_text_without_bytes_below(self, logger):
        assert self.log(io.StringIO("a\nb"), logger) == ["a", "b"]

    def test_closed_stream_ends_it(self, logger, tmp_path):
        path = tmp_path / "out"
        path.write_text("a")
        stream = path.open(encoding="utf-8")
        stream.close()
        assert self.log(stream, logger) == []

    def test_handler_that_raises_is_kept(self, logger):
        class Broken(Records):
            def handle(self, record):
                raise ValueError(record.msg)

        logger.addHandler(Broken([]))
        thread = StreamLogger(stream=io.StringIO("a\nb\n"), loggers=[logger])
        thread.start()
        thread.join()
        assert thread.callback_error is not None
        assert thread.callback_error.line == "a"
