"""The machinery, run from the root of the repository: a room that knows the book, one that runs lessons, one that makes the site."""
