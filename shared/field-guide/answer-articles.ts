import type { Article } from './article.ts'

const notTaken =
  'It arrived and was not taken: the receiver said so. A replay makes no duplicates, unless the receiver did the work before it said no.'

/** The receiver of a webhook answered, and it was no success. */
export const answerArticles: readonly Article[] = [
  {
    id: 'http-400',
    codes: ['http-422', 'http-4xx'],
    group: 'answer',
    title: 'The receiver does not accept the request',
    lead: 'It answered that something about the request is wrong: its own rules for the payload changed, or the data of the event lacks what it needs. The same again is refused again.',
    steps: [
      'Read the answer of an attempt: most receivers say what they miss.',
      'When the data is wrong: edit a copy of one letter, send it, then edit all of the cause the same way.',
      'When the receiver is wrong: let it be mended, then replay.',
    ],
    arrived: notTaken,
  },
  {
    id: 'http-401',
    group: 'answer',
    title: 'The receiver wants other credentials',
    lead: 'It answered 401, unauthorized: the signature was checked with another secret, or a header with a token is missing or has expired. Compare the secret after its rotation, set the header, then replay.',
    steps: [
      'See on the endpoint’s page whether its secret was rotated shortly before the first letter.',
      'Give the owner the new secret, or set the header that they ask for.',
      'Send a test, then replay.',
    ],
    arrived: notTaken,
  },
  {
    id: 'http-403',
    group: 'answer',
    title: 'The receiver forbids it',
    lead: 'It answered 403, forbidden: a firewall, an allow list of addresses, or its own rules stand in the way.',
    steps: [
      'Ask the owner whether an allow list or a firewall stands before the receiver, and give them the address that this machine calls from.',
      'Send a test, then replay.',
    ],
    arrived: notTaken,
  },
  {
    id: 'http-404',
    group: 'answer',
    title: 'There is nothing at this URL',
    lead: 'It answered 404, not found: the path of the endpoint has changed or was never deployed. Correct the URL, send a test, then replay.',
    steps: [
      'Compare the path of the URL with the receiver’s routes; a missing or additional slash is enough.',
      'Correct the URL, send a test, then replay.',
    ],
    arrived: notTaken,
  },
  {
    id: 'http-410',
    group: 'answer',
    title: 'The receiver is gone for good',
    lead: 'It answered 410, gone: it wants no more webhooks. The endpoint was disabled, and what is meant for it is held.',
    steps: [
      'Ask the owner whether they meant it. If they did: delete the endpoint.',
      'If they did not: enable it again. What is held goes out then, at a pace.',
    ],
    arrived: notTaken,
  },
  {
    id: 'http-413',
    group: 'answer',
    title: 'The payload is too large for the receiver',
    lead: 'It answered 413: its limit for bodies is smaller than this message. Raise the limit there or send less data.',
    steps: [
      'See in the letter how large the payload is.',
      'Raise the limit there, often in a proxy before it; or send an address instead of the data.',
      'Replay.',
    ],
    arrived: notTaken,
  },
  {
    id: 'http-429',
    group: 'answer',
    title: 'The receiver is sent too much at once',
    lead: 'It answered 429, too many requests, until the attempts were used up: a rate limit or quota. Replay slowly, with a pace.',
    steps: [
      'Ask how many a second the receiver takes.',
      'Replay with a pace below that.',
      'When it comes again: give the endpoint a longer retry schedule.',
    ],
    arrived: notTaken,
  },
  {
    id: 'http-500',
    codes: ['http-5xx'],
    group: 'answer',
    title: 'The receiver fails',
    lead: 'It answered 500: an error, exception or crash in its own code, often for one kind of payload. Its owner finds it in their logs by the webhook-id; replay when it is mended.',
    steps: [
      'See whether only one type of event fails: then it is that payload.',
      'Give the owner the webhook-id of a letter: it is the delivery’s id, the same for every attempt.',
      'Replay one letter first; the rest when it is fixed.',
    ],
    arrived: notTaken,
  },
  {
    id: 'http-503',
    codes: ['http-502', 'http-504'],
    group: 'answer',
    title: 'The receiver is not available',
    lead: 'It answered 503: down for maintenance, deploying, or overloaded. Replay slowly when it is back.',
    steps: ['Wait until a test is answered with success.', 'Replay with a pace: what has just come back is easily overloaded again.'],
    arrived: notTaken,
  },
  {
    id: 'http-3xx',
    group: 'answer',
    title: 'The receiver answers with another address',
    lead: 'It redirects. Redirects are not followed: they could lead a signed payload somewhere else. Put the final address into the URL of the endpoint.',
    steps: [
      'Read in the attempt which status it was: 301 and 308 mean that it moved for good.',
      'Correct the URL, often only http to https or a missing slash.',
      'Send a test, then replay.',
    ],
    arrived: notTaken,
  },
]
