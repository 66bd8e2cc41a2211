"""The command `npm run doctor`."""
