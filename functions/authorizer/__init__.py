"""The function `authorizer`."""
