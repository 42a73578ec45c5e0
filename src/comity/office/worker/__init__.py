"""The office's worker: carries what the rows say. `python -m comity.office.worker --home DIR`.

Tables are its queues; killed at any point it goes on where the last commit left off (I4).
"""
