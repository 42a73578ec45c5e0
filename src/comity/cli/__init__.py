"""The command line: `comity ...`. It holds no rules; it calls the same services as pages and machine API."""
