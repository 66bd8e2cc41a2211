"""`npm run transcribe`: recordings through the deployed platform on a local AWS."""
