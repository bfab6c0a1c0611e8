"""An adaptor as they are written for `openjd.adaptor_runtime`, with every habit of theirs."""
