"""`radical.saga.adaptors.cpi`: one module for each package of the API, and the decorators."""

from juncture.compat.saga_adaptors import ASYNC_CALL, SYNC_CALL
from juncture.saga.cpi import advert, context, filesystem, job, namespace, replica, resource

from . import attributes, base, decorators, sasync  # noqa: TID252 - siblings of this very file

__all__ = [
    "ASYNC_CALL",
    "SYNC_CALL",
    "advert",
    "attributes",
    "base",
    "context",
    "decorators",
    "filesystem",
    "job",
    "namespace",
    "replica",
    "resource",
    "sasync",
]
