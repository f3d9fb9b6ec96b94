"""The machinery of the book: execute lessons, compare outputs, cache, soak, bench; run from the root of the repository."""
