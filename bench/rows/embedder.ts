// The embedding service: texts a second by how they are asked for, beside the bare model in a loop. Most of the time is the model's: what is
// measured is what requests, waiting and batching cost on top.
import { spawn } from 'node:child_process'
import { ensureEmbedder, startEmbedder } from '../../tools/servers/embedder.ts'
import { percentilesOf } from '../../tools/load/percentiles.ts'
import type { Bench } from '../bench.ts'
import { mean, ms, perSecond, ratio } from '../figures.ts'
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

interface BareRates {
  single: number
  batched: number
}

export async function embedder(bench: Bench): Promise<void> {
  const texts = readFixture().documents.map(({ title, text }) => `${title}\n${text}`)
  const program = await ensureEmbedder(undefined, bench.say)
  const seconds = Math.max(2, bench.seconds / 3)
  const bare = (): Promise<BareRates> => runBareLoop(program, texts, seconds / 2)
  const before = await bare()
  const service = await startEmbedder({ say: bench.say, env: { EMBEDDER_LANES: String(lanes) } })
  const measured = []
  try {
    await ask(`${service.url}/vectors/batch`, { texts: texts.slice(0, batchTexts) })
    for (const way of ways) measured.push({ ...way, ...(await measure(service.url, texts, way, seconds)) })
  } finally {
    await service.stop()
  }
  const after = await bare()
  for (const { name, rate, p50, p99, beside, goal } of measured) {
    const limit = mean(before[beside], after[beside])
    bench.figures.push({
      row: `embedder, texts ${name}: p50 ${ms(p50)}, p99 ${ms(p99)}`,
      figure: `${perSecond(rate)} = ${ratio(rate / limit)}`,
      beside: `bare model, ${beside === 'single' ? 'one by one on one core' : `batches on ${lanes} cores`} ${perSecond(limit)}`,
      goal: `>= ${goal}`,
      ok: rate / limit >= goal,
    })
  }
  bench.details.embedder = { lanes, texts: texts.length, bare: { before, after }, measured }
}

async function measure(url: string, texts: string[], way: { clients: number; texts: number }, seconds: number) {
  const times: number[] = []
  let next = 0
  const startedAt = performance.now()
  const client = async (): Promise<void> => {
    while (performance.now() - startedAt < seconds * 1_000) {
      const askedAt = performance.now()
      const some = Array.from({ length: way.texts }, () => texts[next++ % texts.length]!)
      if (way.texts === 1) await ask(`${url}/vectors`, { text: some[0] })
      else await ask(`${url}/vectors/batch`, { texts: some })
      times.push(performance.now() - askedAt)
    }
  }
  await Promise.all(Array.from({ length: way.clients }, client))
  const rate = (times.length * way.texts) / ((performance.now() - startedAt) / 1_000)
  const { p50, p99 } = percentilesOf(times)
  return { rate, p50, p99 }
}

async function ask(url: string, body: object): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
  await answer.arrayBuffer()
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
