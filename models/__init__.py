"""The fixture models, and the scripts that train models like them."""
