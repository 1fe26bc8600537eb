"""The line to the hub over MQTT."""
