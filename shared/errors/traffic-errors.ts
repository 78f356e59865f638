/** PM2xxx: requests, metrics and log lines on their way. */
import type { ErrorEntry } from './catalogue.ts'

export const trafficErrors = {
  PM2001: {
    title: 'a message that is not valid HTTP/1.1',
    why: 'The request breaks the grammar of HTTP/1.1. It was refused and the connection closed; nothing reached the upstream.',
    remedy:
      "Look at `what` in the answer: it names the rule. Most often the client's URL or a header holds a byte that must be encoded.",
  },
  PM2002: {
    title: 'a message that two servers could read differently',
    why: 'Its length, its host or its path has more than one reading, which is how requests are smuggled. It was refused and the connection closed.',
    remedy:
      'Send one Host and one of Content-Length and Transfer-Encoding; resolve . and .. in the path before sending it.',
  },
  PM2003: {
    title: 'a message head that is too large',
    why: 'The header fields are more, or larger, than `limits` allows.',
    remedy: 'Find the header that grew (cookies, tokens), or raise limits.headBytes or limits.headers.',
  },
  PM2004: {
    title: 'a request target that is too long',
    why: 'The path and query are longer than limits.targetBytes.',
    remedy: 'Send the data in the body, or raise limits.targetBytes.',
  },
  PM2005: {
    title: 'a body that is too large to count',
    why: 'The declared length of the body, or of one chunk, has more digits than can be counted exactly.',
    remedy: 'Mend the client: no real body is that long.',
  },
  PM2006: {
    title: 'a request that asks for what the ambassador does not do',
    why: 'CONNECT, or a transfer coding other than chunked.',
    remedy: 'Send a plain request to the address of the listener; it is no forward proxy.',
  },
  PM2007: {
    title: 'a version of HTTP that is not spoken here',
    why: 'The listener speaks HTTP/1.1 and HTTP/1.0.',
    remedy: 'Configure the client for HTTP/1.1.',
  },
  PM2008: {
    title: 'an expectation that cannot be met',
    why: 'The request has an Expect other than 100-continue.',
    remedy: 'Remove the Expect header.',
  },
  PM2009: {
    title: 'a request head that came too slowly',
    why: 'The client began a request and did not finish its head in time.',
    remedy:
      'Look for a stalled or overloaded client; connections that only wait for their first byte are not affected.',
  },
  PM2010: {
    title: 'no route matches the request',
    why: "None of the listener's routes has this host, path and method.",
    remedy: 'Compare host, path and method of the log line with the routes; `podmate print-config` shows them.',
  },
  PM2011: {
    title: 'the route answers by itself',
    why: 'The route that matched has a `status` in place of an upstream.',
    remedy: 'Nothing is wrong; remove the route or move it down if the request was meant for an upstream.',
  },
  PM2012: {
    title: 'a listener cannot be opened',
    why: 'The address is in use, not of this machine, or not permitted.',
    remedy: 'Look for another container of the Pod with the same port: all share one network.',
  },
  PM2013: {
    title: 'a request body that did not come in time',
    why: 'The client began a body and then sent nothing for as long as timeouts.stream of the listener allows, or was not done when the timeout of the route was over.',
    remedy:
      'Look for a stalled or slow client; raise timeouts.stream when its pauses, or the timeout of the route when its bodies, are meant to take that long.',
  },
  PM2014: {
    title: 'too many connections from clients',
    why: 'The listener holds as many connections as its key `connections` allows. The new one was answered and closed; nothing was read from it.',
    remedy:
      'Look for a client that opens connections and does not reuse them; raise `connections` of the listener and the memory limit together (8 KiB for each).',
  },
  PM2015: {
    title: 'a destination that the forward proxy does not allow',
    why: 'The host and port of the request are not in forward.allow, or the address that the name leads to is not in forward.networks or is one that needs to be listed there (loopback, link-local, metadata services).',
    remedy:
      'Add the host and port to forward.allow of the listener, or the network of its address to forward.networks.',
  },
  PM2016: {
    title: 'a stream or tunnel in which nothing moved',
    why: 'No byte came from either side for as long as timeouts.stream of the listener allows.',
    remedy: 'Let the application send a sign of life (a ping, a comment line), or raise timeouts.stream.',
  },
  PM2017: {
    title: 'a request that was cut at the end of the drain',
    why: 'SIGTERM had come, and the request, stream or tunnel was not over when drain.timeout was. The upstream may have processed it.',
    remedy:
      'Raise drain.timeout, and with it terminationGracePeriodSeconds, above what the slowest good answer takes; clients of streams and tunnels must be able to connect anew.',
  },
  PM2101: {
    title: 'the upstream has no endpoint',
    why: 'Discovery answered, but with no address.',
    remedy: 'See whether the service has ready Pods; the ambassador keeps looking.',
  },
  PM2102: {
    title: "the upstream's name cannot be looked up",
    why: 'The name server does not know the name or does not answer, and no address was found earlier.',
    remedy: 'Check the name and its namespace; the ambassador keeps looking and serves as soon as it is found.',
  },
  PM2103: {
    title: 'no endpoint accepted a connection',
    why: 'Every endpoint that was tried refused the connection or did not answer in time; nothing was sent.',
    remedy: 'The attempts in the answer and the log name the endpoints; see whether they run and listen on that port.',
  },
  PM2104: {
    title: 'the upstream closed the connection before it answered',
    why: 'The request was sent, but the connection ended without a whole answer, and sending it again was not safe.',
    remedy: 'Look for a crash or a restart of the endpoint; `notRetried` says why it was not tried again.',
  },
  PM2105: {
    title: 'the upstream reset the connection before it answered',
    why: 'As PM2104, but broken off: a crash, a full backlog, or a middlebox that forgot the connection.',
    remedy: 'Look at the endpoint at the time of the log line; `notRetried` says why it was not tried again.',
  },
  PM2106: {
    title: 'the upstream answered with bytes that are no valid HTTP/1.1',
    why: 'The answer is malformed, ambiguous or larger than `limits` allows, so it was not passed on.',
    remedy: '`what` names the rule; mend the upstream, or see whether its port speaks another protocol (TLS, gRPC).',
  },
  PM2107: {
    title: 'the time for the whole request was over',
    why: 'The answer was not complete within the timeout of the route.',
    remedy: "Compare the timeout with the upstream's latency; `attempts` shows where the time went.",
  },
  PM2108: {
    title: 'no attempt was answered in its time',
    why: 'Each attempt has retry.perTry for the head of its answer. It was over, and no other attempt was allowed or left.',
    remedy:
      "Compare retry.perTry with the upstream's latency in `attempts`; `notRetried` says why there was no further attempt.",
  },
  PM2109: {
    title: 'the circuit of the upstream is open',
    why: 'So many requests failed of late that no more are sent until a probe succeeds. Nothing was sent for this one.',
    remedy:
      'Mend the upstream: `podmate status` shows its endpoints, and the log when and why the circuit opened. Retry-After says when the next probe is due.',
  },
  PM2110: {
    title: 'too many requests are in flight',
    why: 'limits.connections or limits.requests of the upstream are used up, and so are the places in limits.queue. Nothing was sent.',
    remedy:
      'See whether the upstream has become slow; if it can take more, raise its limits. Retrying at once makes it worse.',
  },
  PM2111: {
    title: 'no place became free in time',
    why: 'limits.connections or limits.requests of the upstream were used up for all of limits.queueTimeout. Nothing was sent.',
    remedy: 'See whether the upstream has become slow; if it can take more, raise its limits.',
  },
  PM2112: {
    title: 'no endpoint is healthy',
    why: 'Every endpoint fails its health checks or was ejected, and `panic: 0` forbids to use them all the same.',
    remedy: 'Look at the health checks of the upstream: `podmate status` shows the state of each endpoint.',
  },
  PM2113: {
    title: 'the ambassador stopped while the request waited for a place',
    why: 'limits.connections or limits.requests of the upstream were used up until drain.timeout was over. Nothing was sent.',
    remedy: 'Send it again, to another Pod; a longer drain lets more of those who wait be served.',
  },
  PM2401: {
    title: 'a StatsD line that cannot be used',
    why: 'The line, or one of its samples, breaks the grammar of StatsD, or is an event or a service check, which are no metrics. It is counted by its reason and dropped.',
    remedy:
      '`podmate loglevel debug --for 1m` logs each such line; mend the client that writes it. The reasons are listed in the README.',
  },
  PM2402: {
    title: 'samples of a metric are dropped',
    why: 'The metric has too many series (a tag with a value for each user or request), all metrics together have, its name is taken by a metric of another type, or its sum would no longer be finite.',
    remedy:
      'Take the tag with many values out of the metric, or raise metrics.limits; for a type conflict give one of the two metrics another name.',
  },
  PM2501: {
    title: 'the checkpoint of the log files cannot be written',
    why: 'The directory of logs.checkpoint.dir does not exist, is full or belongs to another user. Lines are still read and written, but after a restart some come twice.',
    remedy: 'Mount an emptyDir there; where it belongs to root, set fsGroup: 65532 in the securityContext of the Pod.',
  },
} as const satisfies Record<string, ErrorEntry>
