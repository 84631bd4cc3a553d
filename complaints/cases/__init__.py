"""The only writers. Keyword-only, typed, atomic; each checks, changes, appends history, owes mail.

`intake` files, `handling` moves and closes, `history` appends, `sealing` joins the vault to a
complaint, `procedure` keeps the text in force, `delivery` sends what is owed, `access` guards
who handles complaints, `people` and `hand_over` change who handles and reads a case, `succession`
says who may, `access_log` keeps who read.
"""
