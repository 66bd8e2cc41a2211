"""The deployed platform, as a user meets it."""
