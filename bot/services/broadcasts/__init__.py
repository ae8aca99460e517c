"""Broadcasts: a forum lead's prompt to many, from its first draft to what came back."""
