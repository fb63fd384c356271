import { spawn } from 'node:child_process'

/** Runs a program to its end. `onWaiting` is called every few seconds with how long it has been running (s). Never rejects. */
export async function runCommand(
  command: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; everyMs?: number; onWaiting?: (seconds: number) => void } = {},
): Promise<{ ok: boolean; output: string }> {
  const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] })
  // Whoever waits for it may be told to end: it would go on for minutes, for nobody.
  const atExit = () => void child.kill()
  process.once('exit', atExit)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const startedMs = Date.now()
  const heartbeat = setInterval(() => options.onWaiting?.(Math.round((Date.now() - startedMs) / 1_000)), options.everyMs ?? 3_000)
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      output += error.message
      resolve(null)
    })
    child.once('close', resolve)
  })
  clearInterval(heartbeat)
  process.off('exit', atExit)
  return { ok: code === 0, output }
}
