"""The texts a new site starts with, as data; those that are not about complaints: `home.content`.

`manage.py bootstrap` plants them once; after that they are the editors'. A link to another page of
the site is written `<a data-to="privacy">`, with the page's key in `bootstrap.TREE`.

Numbers that a manager sets (days, months) are left out on purpose: templates show those from the
settings, so that a text never contradicts a promise.
"""
