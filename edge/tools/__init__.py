"""Recordings, stills and measurements on the same stages as the live pipeline."""
