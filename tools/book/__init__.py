"""What knows the book: its lessons as files, in which order, in which form."""
