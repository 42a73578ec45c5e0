"""Measuring the line: messages between real nodes on one machine."""
