"""What the scripts of package.json run."""
