"""What runs lessons: executes, compares, remembers, soaks."""
