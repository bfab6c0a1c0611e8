"""Lets programs written for `openjd.adaptor_runtime` run unchanged on `juncture.runtime`."""
