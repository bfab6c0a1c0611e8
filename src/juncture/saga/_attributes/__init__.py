"""The parts of the attribute interface; `juncture.saga.attributes` is what programs import."""
