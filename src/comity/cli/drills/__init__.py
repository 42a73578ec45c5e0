"""Drills: promises of the product, tried on made-up nodes before they are needed on real ones."""
