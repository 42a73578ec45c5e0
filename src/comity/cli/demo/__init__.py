"""The demo: a whole made-up network on this machine, filled, shown at work and measured."""
