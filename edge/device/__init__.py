"""The whole device: what runs is made to match what the hub wants."""
