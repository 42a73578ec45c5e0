"""The law as pure functions: time is an argument, tables are data, nothing is read or written.

Article numbers are those of INTERPOL's rules on the processing of data, whose order of duties this network
follows. `decide` answers "may this actor do this?", the other modules check what a record says.
"""
