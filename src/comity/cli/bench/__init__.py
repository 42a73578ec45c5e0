"""Measuring the search: data made from a seed, the product and its peers under the same questions."""
