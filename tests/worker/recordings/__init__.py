"""Two spoken recordings with their true word times, and the script that made them."""
