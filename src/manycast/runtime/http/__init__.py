"""HTTP/1.1 on httptools: the server and the client of every role."""
