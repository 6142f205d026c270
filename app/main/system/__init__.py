"""Operating system integration: application, single instance, logs, screen lock."""
