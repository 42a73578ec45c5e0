"""Making and running nodes on this machine: what `comity run`, `comity demo` and the tests share."""
