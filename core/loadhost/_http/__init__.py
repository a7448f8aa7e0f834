"""The fast HTTP client: HTTP/1.1 on gevent's loop, a tenth of the usual cost. One idea per file:

errors      what can go wrong on the wire
origin      where a connection goes: scheme, host, port, proxy
sweeper     timeouts without a timer per request
connection  one socket, one read watcher, one waiting greenlet
tls         the same through TLS, on a memory BIO
reader      one C parser per connection, reused, which knows when a response is complete
head        what the head of a response says, worked out once for all that begin with the same bytes
response    what the user gets; headers, text and JSON are read from the bytes when asked for
cookies     http.cookiejar's rules, paid for only when there are cookies
prepared    the parts of a request that never change, made once
writing     a request with fields, a body, credentials or cookies of its own
body        data, json, files: bytes and their headers
redirects   which request a redirect asks for
transport   the connections of a session: reuse, retries, hops
stream      a body that is read as the user asks for it
catching    `with ... catch_response=True`: who decides what failed
session     a request from the call to its sample
user        FastHttpUser

And the same connections under requests, for HttpUser (loadhost.clients):

adapter        what a requests.Session sends and receives by
quick_request  the request that requests would prepare, put together from parts made before
wire_request   a request of requests as bytes
lazy_response  a response of requests whose parts are made when somebody looks at them
raw            its body, behind urllib3's interface
"""
