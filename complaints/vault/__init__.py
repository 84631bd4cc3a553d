"""Sealing and opening what people entrust to us. A thin layer over `cryptography`.

`cipher` seals bytes with a key, bound to their place; `streams` does so for large files; `keyring`
holds the server's own keys, in a file outside the database; `codes` makes and reads receipt codes;
`holders` are those for whom a case's key is wrapped. None knows of models: `services.sealing` joins
them to a complaint.
"""
