"""Small helpers that know none of the nouns of juncture."""
