"""Visits on their way to the hub: on disk until it has answered."""
