"""The tests, which read as specifications: one folder for each part of the platform."""
