"""The only writers. Keyword-only, typed, atomic; each checks, changes, appends history, owes mail.

`filing` files, `moves` moves and closes, `history` appends, `sealing` joins the vault to a
complaint, `people` changes who handles and reads a case, `handlers_group` guards who handles
complaints, `contents` opens what is sealed and keeps who did.
"""
