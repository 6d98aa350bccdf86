"""Previews in object storage: S3, or whatever speaks as it does."""
