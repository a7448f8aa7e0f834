"""The fast HTTP client: HTTP/1.1 on gevent's loop, a tenth of the usual cost. One idea per file:

errors      what can go wrong on the wire
origin      where a connection goes: scheme, host, port, proxy
sweeper     timeouts without a timer per request
connection  one socket, one read watcher, one waiting greenlet
tls         the same through TLS, on a memory BIO
reader      one C parser per connection, reused, which knows when a response is complete
response    what the user gets; headers, text and JSON are read from the bytes when asked for
cookies     http.cookiejar's rules, paid for only when there are cookies
prepared    the parts of a request that never change, made once
body        data, json, files: bytes and their headers
transport   the connections of a session: reuse, retries, redirects
stream      a body that is read as the user asks for it
catching    `with ... catch_response=True`: who decides what failed
session     a request from the call to its sample
user        FastHttpUser
"""
