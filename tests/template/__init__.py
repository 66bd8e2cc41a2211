"""The compiled template, held to what AWS checks and a local AWS does not."""
