// The generator of every row, and of the limits beside them: tools/load.ts as its own process.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { LoadReport } from '../tools/load/measure.ts'

const program = join(import.meta.dirname, '../tools/load.ts')
const run = promisify(execFile)

/** Arguments as on the command line of `npm run load`. */
export async function generate(url: string, apiKey: string | undefined, args: Record<string, string | number | true>): Promise<LoadReport> {
  const flags = Object.entries(args).flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]))
  const { stdout } = await run(process.execPath, [program, '--url', url, '--json', ...flags], {
    env: { ...process.env, ...(apiKey ? { SIGNALBOX_API_KEY: apiKey } : {}) },
    maxBuffer: 16 * 1_024 * 1_024,
    // Says by its exit code that something is missing; the report says what.
  }).catch((error: { stdout?: string; stderr?: string; message: string }) => {
    if (error.stdout) return { stdout: error.stdout }
    throw new Error(`The generator failed: ${error.stderr ?? error.message}`)
  })
  return JSON.parse(stdout) as LoadReport
}
