"""Files and names that mean harm, or are made as if they did."""
