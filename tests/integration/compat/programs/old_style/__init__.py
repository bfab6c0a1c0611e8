"""An adaptor as they are written for `openjd.adaptor_runtime`: every habit of theirs, no network."""
