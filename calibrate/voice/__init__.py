"""The recipe of the default voice: recordings in, a voice pack out; see README.md."""
