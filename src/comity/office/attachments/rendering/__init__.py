"""The renderer: reads a picture or a page from standard input, gives a picture of it on standard output.

It is started for one file, reads all of it, gives up every right but to compute, read and write what is
open, and only then looks at the content. A fault in a decoder reaches nothing from there.
"""
