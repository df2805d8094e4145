"""MQTT -> store: decode, screen, record, then acknowledge."""
