"""The function `deadLetters`."""
