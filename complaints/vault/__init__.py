"""Sealing and opening what people entrust to us. A thin layer over `cryptography`.

`cipher` seals bytes or a large file with a key, bound to their place; `keyring` holds the server's
own keys, in files outside the database; `codes` makes and reads receipt codes, and the keys they
make. None knows of models: `cases.sealing` joins them to a complaint.
"""
