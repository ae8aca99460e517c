"""Measurements of the running product, each beside a baseline taken in the same run."""
