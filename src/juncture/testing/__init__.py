"""Conformance kits for people who write adaptors; shipped with the package."""
