"""The complainant's side: the form, following what was sent, and leaving without a trace."""
