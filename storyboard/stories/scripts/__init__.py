"""Scripts that are brought in: read into passages, laid out as rows, then merged into a story."""
