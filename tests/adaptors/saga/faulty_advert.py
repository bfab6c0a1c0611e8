"""The adverts on Redis with a fault of `faulty_names`."""

import threading
import weakref

from adaptors.saga import faulty_names
from adaptors.saga.faulty_names import *  # noqa: F403 - CPI classes are looked for here

from juncture.saga.adaptors import redis_advert
from juncture.saga.cpi.base import AdaptorBase


class Adaptor(redis_advert.Adaptor):
    def __init__(self):
        info = faulty_names.info(
            "test.faulty.advert", faulty_names.ADVERT_FAULTS, redis_advert._ADAPTOR_INFO
        )
        AdaptorBase.__init__(self, info, redis_advert._ADAPTOR_OPTIONS)
        self._guard = threading.Lock()
        self._servers = weakref.WeakValueDictionary()
        self._kept = []
