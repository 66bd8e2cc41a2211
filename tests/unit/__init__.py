"""One module of the product at a time, with real parts."""
