// The embedding service: texts a second by how they are asked for, beside the bare model in a loop. Most of the time is the model's: what is
// measured is what requests, waiting and batching cost on top. The client's own CPU comes off the same two cores, so it is the generator's lean
// one (undici, kept connections, answers not parsed) and not fetch. CPU of a text says the same on a busy machine as on a quiet one.
import { spawn } from 'node:child_process'
import { Pool } from 'undici'
import { ensureEmbedder, startEmbedder, type RunningEmbedder } from '../../tools/servers/embedder.ts'
import { percentilesOf } from '../../tools/load/percentiles.ts'
import { post } from '../../tools/load/requests.ts'
import type { Bench } from '../bench.ts'
import { mean, ms, perSecond, ratio } from '../figures.ts'
import { cpuSeconds, residentMegabytes } from '../process-usage.ts'
import { readFixture } from '../relevance/fixture.ts'

/** As many cores as the machine has for it, and as the bare loop gets. */
const lanes = 2
const batchTexts = 64

const ways = [
  { name: 'one at a time', clients: 1, texts: 1, beside: 'single', goal: 0.7 },
  { name: '8 at once', clients: 8, texts: 1, beside: 'batched', goal: 0.6 },
  { name: '64 at once', clients: 64, texts: 1, beside: 'batched', goal: 0.7 },
  { name: `in batches of ${batchTexts}, 2 at once`, clients: 2, texts: batchTexts, beside: 'batched', goal: 0.8 },
] as const

/** Of embedder/bare_loop.py. */
interface BareRate {
  perSecond: number
  /** Of one text. */
  cpuMs: number
}
type BareRates = Record<'single' | 'batched', BareRate>

export async function embedder(bench: Bench): Promise<void> {
  const texts = mixed(readFixture().documents.map(({ title, text }) => `${title}\n${text}`))
  const program = await ensureEmbedder(undefined, bench.say)
  const seconds = Math.max(2, bench.seconds / 3)
  const bare = (): Promise<BareRates> => runBareLoop(program, texts, seconds / 2)
  const before = await bare()
  const service = await startEmbedder({ say: bench.say, env: { EMBEDDER_LANES: String(lanes) } })
  const pool = new Pool(service.url, { connections: Math.max(...ways.map(({ clients }) => clients)), pipelining: 1 })
  const measured = []
  try {
    await measure(pool, service, texts, ways[3], 0.5)
    for (const way of ways) measured.push({ ...way, ...(await measure(pool, service, texts, way, seconds)) })
  } finally {
    await pool.destroy()
    await service.stop()
  }
  const after = await bare()
  for (const { name, rate, p50, p99, cpuMs, beside, goal } of measured) {
    const limit = mean(before[beside].perSecond, after[beside].perSecond)
    const bareMs = mean(before[beside].cpuMs, after[beside].cpuMs)
    bench.figures.push({
      row: `embedder, texts ${name}: p50 ${ms(p50)}, p99 ${ms(p99)}; CPU of a text ${ms(cpuMs)}, bare ${ms(bareMs)}`,
      figure: `${perSecond(rate)} = ${ratio(rate / limit)}`,
      beside: `bare model, ${beside === 'single' ? 'one by one on one core' : `batches on ${lanes} cores`} ${perSecond(limit)}`,
      goal: `>= ${goal}`,
      ok: rate / limit >= goal,
    })
  }
  bench.figures.push({
    row: 'embedder, resident memory after each of these',
    figure: measured.map(({ megabytes }) => megabytes.toFixed(0)).join(', ') + ' MB',
  })
  bench.details.embedder = { lanes, texts: texts.length, bare: { before, after }, measured }
}

/** In an order in which any stretch of them is as long as another; the fixture's own goes by kind. */
function mixed(texts: string[]): string[] {
  // A prime larger than their number, so that each comes once.
  return texts.map((_, i) => texts[(i * 7_919) % texts.length]!)
}

async function measure(
  pool: Pool,
  { url, pid }: RunningEmbedder,
  texts: string[],
  way: { clients: number; texts: number },
  seconds: number,
) {
  const times: number[] = []
  let next = 0
  const cpuBefore = cpuSeconds(pid)
  const startedAt = performance.now()
  const client = async (): Promise<void> => {
    while (performance.now() - startedAt < seconds * 1_000) {
      const askedAt = performance.now()
      const some = Array.from({ length: way.texts }, () => texts[next++ % texts.length]!)
      const [path, body] = way.texts === 1 ? ['/vectors', { text: some[0] }] : ['/vectors/batch', { texts: some }]
      const { status } = await post(pool, path, ['content-type', 'application/json'], JSON.stringify(body))
      if (status !== 200) throw new Error(`${url}${path} answered ${status || 'nothing'}`)
      times.push(performance.now() - askedAt)
    }
  }
  await Promise.all(Array.from({ length: way.clients }, client))
  const count = times.length * way.texts
  const rate = count / ((performance.now() - startedAt) / 1_000)
  const cpuMs = ((cpuSeconds(pid) - cpuBefore) * 1_000) / count
  const { p50, p99 } = percentilesOf(times)
  return { rate, p50, p99, cpuMs, megabytes: residentMegabytes(pid) }
}

async function runBareLoop(program: { python: string; folder: string }, texts: string[], seconds: number): Promise<BareRates> {
  const child = spawn(program.python, ['bare_loop.py', '--seconds', String(seconds), '--lanes', String(lanes)], {
    cwd: program.folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(texts))
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`bare_loop.py ended with ${String(code)}`)
  return JSON.parse(output) as BareRates
}
