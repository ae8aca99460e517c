"""The roster: read from files, checked, brought in all or not at all, and kept."""
