import { parseArgs } from 'node:util'

export interface LoadArguments {
  url: string
  path: string | undefined
  apiKey: string | undefined
  type: string
  recipientsPerEvent: number
  people: number
  /** Events in one call; undefined = one by one. */
  batch: number | undefined
  ratePerSecond: number
  /** Clients of a closed loop; undefined = an open loop. */
  closed: number | undefined
  seconds: number
  payloadBytes: number
  connections: number
  webhookPort: number | undefined
  json: boolean
  ledger: boolean
}

export const usage = `Sends events at a rate and says how long the answers took, and what became of the events.

  npm run load -- [--rate 500] [--seconds 30] [--closed 32] [--batch 100] [--webhook 4001]

  --rate N        events a second, kept whatever the answers do (default 500)
  --seconds N     for how long (default 30)
  --closed N      instead of a rate: N clients, each of which waits for its answer
  --batch N       N events in each call
  --webhook PORT  receive the events as webhooks on this port too, and say how long they took to arrive;
                  start Signalbox with \`npm start -- --allow-loopback PORT\`
  --type T        event type (default load.event)
  --recipients N  recipients of each event (default 0), taken in turn from
  --people N      that many (default 1000): person-0, person-1, ...
  --payload N     bytes of an event's data (default 500)
  --connections N at most (default 128; with --closed as many as clients)
  --url U         default http://127.0.0.1:3000
  --key K         API key (default SIGNALBOX_API_KEY)
  --path P        another path to send to; with --no-ledger any server will do
  --no-ledger     do not wait for what becomes of the events
  --json          print one JSON document instead of a text`

/** Reads the command line. Throws with a sentence about what is wrong. */
export function parseLoadArguments(args: string[], environment: Record<string, string | undefined>): LoadArguments | 'help' {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    args,
    options: {
      ...{
        rate: text,
        seconds: text,
        closed: text,
        batch: text,
        webhook: text,
        type: text,
        recipients: text,
        people: text,
        payload: text,
        connections: text,
      },
      ...{ url: text, key: text, path: text, 'no-ledger': flag, json: flag, help: { ...flag, short: 'h' } },
    },
  })
  if (values.help) return 'help'
  const ledger = !values['no-ledger']
  const apiKey = values.key ?? environment.SIGNALBOX_API_KEY
  if (!apiKey && (ledger || values.path === undefined)) throw new Error('An API key is needed: set SIGNALBOX_API_KEY or give --key.')
  const closed = optionalWhole('closed', values.closed, 10_000)
  return {
    url: (values.url ?? `http://127.0.0.1:${environment.PORT ?? 3000}`).replace(/\/+$/, ''),
    path: values.path,
    apiKey,
    type: values.type ?? 'load.event',
    recipientsPerEvent: optionalWhole('recipients', values.recipients, 1_000) ?? 0,
    people: optionalWhole('people', values.people, 1_000_000) ?? 1_000,
    batch: optionalWhole('batch', values.batch, 1_000),
    ratePerSecond: above0('rate', values.rate ?? '500'),
    closed,
    seconds: above0('seconds', values.seconds ?? '30'),
    payloadBytes: optionalWhole('payload', values.payload, 900_000) ?? 500,
    connections: optionalWhole('connections', values.connections, 10_000) ?? closed ?? 128,
    webhookPort: optionalWhole('webhook', values.webhook, 65_535),
    json: values.json,
    ledger,
  }
}

function above0(name: string, text: string): number {
  if (!(Number(text) > 0)) throw new Error(`--${name} must be a number above 0, not ${text}.`)
  return Number(text)
}

function optionalWhole(name: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > most)
    throw new Error(`--${name} must be a whole number from 1 to ${most}, not ${text}.`)
  return Number(text)
}
