import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { StartFailed } from './start-failed.ts'

export interface LauncherArguments {
  demo: boolean
  dev: boolean
  /** With MinIO, Weaviate and the embedder besides. */
  full: boolean
  /** Events a second of the demo; undefined = the demo's own default. */
  rate: string | undefined
  workers: number
  apis: number
  /** Replaces PORT. */
  port: number | undefined
  /** Replaces SIGNALBOX_DATA. */
  data: string | undefined
  allowLoopbackPorts: number[]
}

export const usage = `Usage: npm start -- [options]
  --demo                  play sample traffic (real GitHub webhooks) once everything runs
  --full                  with MinIO, Weaviate and the embedder besides (built and installed once; needs Go and Python)
  --rate N                events a second of the demo
  --workers N             worker processes (default 1)
  --api N                 API processes that share the port (default 1)
  --allow-loopback PORT   let webhooks reach this port of 127.0.0.1; may be repeated
  --port N                instead of PORT (default 3000)
  --data DIR              instead of SIGNALBOX_DATA (default .data)`

export function parseLauncherArguments(args: string[]): LauncherArguments | 'help' {
  let values
  try {
    values = parseArgs({
      args,
      options: {
        help: { type: 'boolean', short: 'h' },
        demo: { type: 'boolean' },
        dev: { type: 'boolean' },
        full: { type: 'boolean' },
        rate: { type: 'string' },
        workers: { type: 'string' },
        api: { type: 'string' },
        port: { type: 'string' },
        data: { type: 'string' },
        'allow-loopback': { type: 'string', multiple: true },
      },
    }).values
  } catch (error) {
    throw new StartFailed(`${(error as Error).message}\n\n${usage}`)
  }
  if (values.help) return 'help'
  if (values.rate !== undefined && !(Number(values.rate) > 0)) throw new StartFailed(`--rate must be a number above 0, not ${values.rate}.`)
  const most = Math.max(32, availableParallelism() * 4)
  return {
    demo: values.demo ?? false,
    dev: values.dev ?? false,
    full: values.full ?? false,
    rate: values.rate,
    workers: wholeNumber('--workers', values.workers, 1, most) ?? 1,
    apis: wholeNumber('--api', values.api, 1, most) ?? 1,
    port: wholeNumber('--port', values.port, 0, 65_535),
    data: values.data,
    allowLoopbackPorts: (values['allow-loopback'] ?? []).map((port) => wholeNumber('--allow-loopback', port, 1, 65_535)!),
  }
}

function wholeNumber(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > most)
    throw new StartFailed(`${name} must be a whole number from ${least} to ${most}, not ${text}.`)
  return Number(text)
}
