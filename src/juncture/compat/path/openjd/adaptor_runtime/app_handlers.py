"""Calling back on lines of an application's output."""

from juncture.runtime import RegexCallback, RegexHandler

__all__ = ["RegexCallback", "RegexHandler"]
