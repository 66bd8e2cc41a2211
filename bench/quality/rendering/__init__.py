"""Makes pages and pictures of results; pure."""
