"""`npm start`: the platform on a local AWS, staying up."""
