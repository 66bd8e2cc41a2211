"""The thin edges: S3, DynamoDB, SQS, SES and ffmpeg behind small, typed functions."""
