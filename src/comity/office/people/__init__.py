"""Accounts of people, their roles and their grants."""
