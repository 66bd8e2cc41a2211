"""The chaos run: many jobs through a platform in which everything fails now and then."""
