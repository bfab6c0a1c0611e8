"""The catalogue in SQLite with a fault of `faulty_names`."""

from adaptors.saga import faulty_names
from adaptors.saga.faulty_names import *  # noqa: F403 - CPI classes are looked for here

from juncture.saga.adaptors.sql_replica import sqlite
from juncture.saga.adaptors.sql_replica.adaptor import ReplicaAdaptor


class Adaptor(sqlite.Adaptor):
    def __init__(self):
        info = faulty_names.info(
            "test.faulty.replica", faulty_names.REPLICA_FAULTS, sqlite._ADAPTOR_INFO
        )
        ReplicaAdaptor.__init__(self, info, sqlite._ADAPTOR_OPTIONS)
