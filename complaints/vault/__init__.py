"""Sealing and opening what people entrust to us. A thin layer over `cryptography`.

`cipher` seals bytes with a key, bound to their place; `keyring` holds the server's own keys, in a
file outside the database. Neither knows of models: `services.sealing` joins them to a complaint.
"""
