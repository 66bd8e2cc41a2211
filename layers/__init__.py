"""The recipes of the Lambda layers, and what builds them."""
