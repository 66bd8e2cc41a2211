"""The local AWS, held to what AWS does."""
