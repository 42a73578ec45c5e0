"""The commands, one module per noun. They take words, call services and print; rules are elsewhere."""
