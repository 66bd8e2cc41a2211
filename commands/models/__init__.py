"""Fetches the weights of a real model from the hub that publishes them, once and checked."""
