// npm run listen [-- --port 4000 --secret whsec_... --fail 0.3 --slow 500]
import { parseArgs } from 'node:util'
import { startListener } from './webhook-listener.ts'

const usage = `A webhook receiver on loopback that says what arrives.

  npm run listen -- [--port 4000] [--secret whsec_...] [--fail 0.3] [--slow 500]

  --port    where to listen; start Signalbox with \`npm start -- --allow-loopback 4000\` so that it may call it
  --secret  of the endpoint, to check signatures
  --fail    share of arrivals to answer with 500, from 0 to 1
  --slow    milliseconds to wait before each answer`

function numberBetween(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= min && value <= max)) throw new Error(`--${name} is a number from ${min} to ${max}`)
  return value
}

try {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4000' },
      secret: { type: 'string' },
      fail: { type: 'string', default: '0' },
      slow: { type: 'string', default: '0' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  const listener = await startListener({
    port: numberBetween('port', values.port, 0, 65_535),
    secret: values.secret,
    failShare: numberBetween('fail', values.fail, 0, 1),
    slowMs: numberBetween('slow', values.slow, 0, 600_000),
    print: (line) => console.log(line),
  })
  console.log(`Listening at ${listener.url} (Ctrl-C ends it)`)
  let stopping = false
  const stop = () => {
    if (stopping) process.exit(1)
    stopping = true
    void listener.stop().then(() => {
      const { total, ok, failed, repeats } = listener.arrivals
      console.log(`${total} arrived: ${ok} taken, ${failed} refused, ${repeats} of them repeats`)
      process.exit(0)
    })
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
} catch (error) {
  const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
  console.error(taken ? 'That port is taken; choose another one with --port.' : `${(error as Error).message}\n\n${usage}`)
  process.exit(1)
}
