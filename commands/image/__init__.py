"""`npm run image`: the worker's image, built, tried out and stored in ECR."""
