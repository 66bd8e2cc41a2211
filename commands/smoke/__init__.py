"""The command `npm run smoke`."""
