"""The benchmark's adaptor, written for the existing runtime in its own idiom."""
