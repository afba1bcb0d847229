"""The recipe of the default voice: recordings in, trained networks out; see README.md here."""
