"""Who the device is, and how it became the hub's own."""
