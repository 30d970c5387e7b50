"""Who may look and who may act: requests of other sites, sessions, roles, passwords, and what may be guessed how often.

Nothing here is in Redis: a session is a signed cookie, and each process counts failed logins for itself."""
