import type { Article } from './article.ts'

const neverSent = 'Nothing was sent: no connection stood. A replay makes no duplicates.'
const mayHaveArrived =
  'It may have arrived. A webhook that is sent again carries the same webhook-id, by which the receiver can tell; a mail does not, so it is never sent again by itself.'

/** No connection, no answer, or none that can be understood. */
export const connectionArticles: readonly Article[] = [
  {
    id: 'connection-refused',
    group: 'connection',
    title: 'The endpoint refuses connections',
    lead: 'Nothing listens at the address and port: the server is down, was restarted, or moved to another port; a firewall may answer in its place. Start it or correct the URL of the endpoint, send a test, then replay.',
    steps: [
      'Compare host and port of the URL with what the owner says that they are.',
      'Ask whether the server runs: a deployment that has just failed looks like this.',
      'Send a test from the endpoint’s page. When it is answered, replay.',
    ],
    arrived: neverSent,
  },
  {
    id: 'connection-failed',
    group: 'connection',
    title: 'No connection could be made',
    lead: 'The network between here and the receiver failed before a connection stood. When it is one receiver alone, ask them; when it is all of them, look at the outgoing network of this machine.',
    steps: [
      'See on the map whether other endpoints or the mail server fail at the same time.',
      'All of them: look at routes, proxies and firewalls of this machine. One: ask its owner.',
      'Replay when a test goes through.',
    ],
    arrived: neverSent,
  },
  {
    id: 'host-unreachable',
    group: 'connection',
    title: 'The host cannot be reached',
    lead: 'There is no route to the address: the machine is off, or a network or VPN between is down. What was not sent can be replayed when it is back; nothing arrived twice.',
    steps: [
      'Ask the owner whether the machine and its network are up.',
      'Look whether a VPN or tunnel that leads there is connected.',
      'Replay when a test goes through.',
    ],
    arrived: neverSent,
  },
  {
    id: 'name-not-resolved',
    group: 'connection',
    title: 'The host name has no address',
    lead: 'DNS knows no address for the name in the URL: it is misspelt, expired, or its zone is broken. Correct the URL of the endpoint or wait for the owner of the domain.',
    steps: [
      'Read the name in the URL letter by letter.',
      'Look it up from this machine. A name that resolves elsewhere only is a matter of this machine’s DNS.',
      'Correct the URL, send a test, then replay.',
    ],
    arrived: neverSent,
  },
  {
    id: 'tls-failed',
    group: 'connection',
    title: 'The certificate cannot be trusted',
    lead: 'The secure connection (TLS, SSL, https) failed: the certificate has expired, is for another name, is self-signed, or its chain is incomplete. The owner of the endpoint has to renew or complete it.',
    steps: [
      'Read the error: it says whether the certificate is expired, self-signed, or for another name.',
      'Send the owner that sentence and the host. A chain without its intermediate certificate works in browsers and fails here.',
      'Replay when a test goes through. Nothing is sent without a trusted certificate.',
    ],
    arrived: neverSent,
  },
  {
    id: 'timeout',
    group: 'connection',
    title: 'The answer took too long',
    lead: 'The receiver took the request and did not answer in time: it is overloaded or does its work before it answers. It may have done the work, so a repeat carries the same webhook-id. Receivers should answer at once and work later.',
    steps: [
      'Look at an attempt: a long wait for a connection is a network that drops packets, a long wait for the first byte is a slow receiver.',
      'Ask the owner to answer 200 first and to work afterwards.',
      'Replay with a pace that the receiver can keep up with.',
    ],
    arrived: mayHaveArrived,
  },
  {
    id: 'connection-lost',
    group: 'connection',
    title: 'The connection broke before the answer',
    lead: 'The receiver or something between closed the connection: a restart, a proxy with a short limit, a crash on this payload. It may have arrived; a repeat carries the same webhook-id.',
    steps: [
      'See whether it is always the same event: then the receiver crashes on that payload.',
      'See whether it is always after the same time: then a proxy between has a limit.',
      'Replay one letter first; the rest when it is fixed.',
    ],
    arrived: mayHaveArrived,
  },
  {
    id: 'invalid-response',
    group: 'connection',
    title: 'The answer is not HTTP',
    lead: 'Something else than a web server listens at this port. Correct the port in the URL of the endpoint.',
    steps: [
      'Compare scheme and port of the URL: https at a port for http, or the port of a database.',
      'Correct the URL, send a test, then replay.',
    ],
    arrived: 'The request was written to something that is no web server. It did nothing with it that Signalbox could know of.',
  },
  {
    id: 'refused-target',
    group: 'connection',
    title: 'The address is private',
    lead: 'Webhooks may only go to public addresses; this one is inside a private network or of this machine. Use a public URL, or allow the network with SIGNALBOX_ALLOW_PRIVATE_TARGETS.',
    steps: [
      'Ask whether the receiver has a public address. This rule keeps a customer’s endpoint from reaching your own network.',
      'If the receiver is yours: name its network in SIGNALBOX_ALLOW_PRIVATE_TARGETS, as narrow as it can be, and restart.',
      'Send a test, then replay.',
    ],
    arrived: 'Nothing was sent: the address was refused here. A replay makes no duplicates.',
  },
]
