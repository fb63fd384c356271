// The field guide: what each way of failing means and what mends it. Found by search, beside the causes that have the same code.

export interface Article {
  /** The error code that it is about. */
  id: string
  title: string
  body: string
}

export const articles: readonly Article[] = [
  {
    id: 'connection-refused',
    title: 'The endpoint refuses connections',
    body: 'Nothing listens at the address and port: the server is down, was restarted, or moved to another port; a firewall may answer in its place. Start it or correct the URL of the endpoint, send a test, then replay.',
  },
  {
    id: 'connection-failed',
    title: 'No connection could be made',
    body: 'The network between here and the receiver failed before a connection stood. When it is one receiver alone, ask them; when it is all of them, look at the outgoing network of this machine.',
  },
  {
    id: 'host-unreachable',
    title: 'The host cannot be reached',
    body: 'There is no route to the address: the machine is off, or a network or VPN between is down. What was not sent can be replayed when it is back; nothing arrived twice.',
  },
  {
    id: 'name-not-resolved',
    title: 'The host name has no address',
    body: 'DNS knows no address for the name in the URL: it is misspelt, expired, or its zone is broken. Correct the URL of the endpoint or wait for the owner of the domain.',
  },
  {
    id: 'tls-failed',
    title: 'The certificate cannot be trusted',
    body: 'The secure connection (TLS, SSL, https) failed: the certificate has expired, is for another name, is self-signed, or its chain is incomplete. The owner of the endpoint has to renew or complete it.',
  },
  {
    id: 'timeout',
    title: 'The answer took too long',
    body: 'The receiver took the request and did not answer in time: it is overloaded or does its work before it answers. It may have done the work, so a repeat carries the same webhook-id. Receivers should answer at once and work later.',
  },
  {
    id: 'connection-lost',
    title: 'The connection broke before the answer',
    body: 'The receiver or something between closed the connection: a restart, a proxy with a short limit, a crash on this payload. It may have arrived; a repeat carries the same webhook-id.',
  },
  {
    id: 'invalid-response',
    title: 'The answer is not HTTP',
    body: 'Something else than a web server listens at this port. Correct the port in the URL of the endpoint.',
  },
  {
    id: 'refused-target',
    title: 'The address is private',
    body: 'Webhooks may only go to public addresses; this one is inside a private network or of this machine. Use a public URL, or allow the network with SIGNALBOX_ALLOW_PRIVATE_TARGETS.',
  },
  {
    id: 'http-401',
    title: 'The receiver wants other credentials',
    body: 'It answered 401, unauthorized: the signature was checked with another secret, or a header with a token is missing or has expired. Compare the secret after its rotation, set the header, then replay.',
  },
  {
    id: 'http-403',
    title: 'The receiver forbids it',
    body: 'It answered 403, forbidden: a firewall, an allow list of addresses, or its own rules stand in the way.',
  },
  {
    id: 'http-404',
    title: 'There is nothing at this URL',
    body: 'It answered 404, not found: the path of the endpoint has changed or was never deployed. Correct the URL, send a test, then replay.',
  },
  {
    id: 'http-413',
    title: 'The payload is too large for the receiver',
    body: 'It answered 413: its limit for bodies is smaller than this message. Raise the limit there or send less data.',
  },
  {
    id: 'http-429',
    title: 'The receiver is sent too much at once',
    body: 'It answered 429, too many requests, until the attempts were used up: a rate limit or quota. Replay slowly, with a pace.',
  },
  {
    id: 'http-500',
    title: 'The receiver fails',
    body: 'It answered 500: an error, exception or crash in its own code, often for one kind of payload. Its owner finds it in their logs by the webhook-id; replay when it is mended.',
  },
  {
    id: 'http-503',
    title: 'The receiver is not available',
    body: 'It answered 503: down for maintenance, deploying, or overloaded. Replay slowly when it is back.',
  },
  {
    id: 'smtp-550',
    title: 'The mailbox does not exist or refuses mail',
    body: 'The mail server answered 550: the address is unknown, full, closed, or the mail was taken for spam. Correct the address of the recipient; mails to unknown addresses harm your reputation as a sender.',
  },
  {
    id: 'smtp-not-configured',
    title: 'No mail server is configured',
    body: 'SMTP_URL is not set, so that no email can leave. Set it, restart, then replay.',
  },
  {
    id: 'sign-in-failed',
    title: 'The mail server refuses our password',
    body: 'The sign-in at the mail server (SMTP authentication) failed: user or password in SMTP_URL are wrong, expired, or were changed.',
  },
  {
    id: 'template',
    title: 'The template cannot be rendered',
    body: 'A variable, filter or tag in the template of a workflow is wrong, or the data of the event lacks what it needs. Correct and publish the workflow, then replay: it is rendered again.',
  },
  {
    id: 'poison',
    title: 'The message kills its worker',
    body: 'The process ended each time it worked on it: out of memory, a crash, or a limit of time. It was set aside so that others go on. Look into the logs of the workers before it is sent again.',
  },
]
