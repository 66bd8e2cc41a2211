"""The command `npm run replay`."""
