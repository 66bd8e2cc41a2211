"""What stands in a platform's place of functions and containers: they do what the test says."""
