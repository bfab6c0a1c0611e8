"""Trees of files: what one store can do, the stores of this host and of ssh hosts, and transfers.

A file adaptor is a `Store` and a URL scheme; `juncture.saga.stored` makes `File` and `Directory` of
it. Paths are text as the host has them, never URLs: bytes that are not UTF-8 are surrogate escapes
(PEP 383), and nothing is percent-encoded. `paths` says how the path of a URL becomes one.
"""
