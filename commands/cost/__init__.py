"""The command `npm run cost`."""
