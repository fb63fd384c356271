// POST /events one by one, durable before its 202, beside a bare Nitro route that parses the same body.
import { clients, type Bench } from '../bench.ts'
import { mean, ms, perSecond, ratio } from '../figures.ts'

export async function acceptOneByOne(bench: Bench): Promise<void> {
  const before = await bench.bareRate('nitro-route.ts')
  const { load } = await bench.load({ closed: clients, seconds: bench.seconds, type: 'bench.nobody' })
  const after = await bench.bareRate('nitro-route.ts')
  const bare = mean(before, after)
  const rate = load.accepted / load.durationSeconds
  bench.figures.push({
    row: 'accept one by one',
    figure: `${perSecond(rate)} = ${ratio(rate / bare)}`,
    beside: `bare Nitro route ${perSecond(bare)}`,
    goal: '>= 0.5',
    ok: rate / bare >= 0.5,
  })
  const half = await bench.load({ rate: Math.round(rate / 2), seconds: bench.seconds, type: 'bench.nobody' })
  const { p50, p99 } = half.load.latencyMs
  bench.figures.push({
    row: '  at half of that, sent -> 202',
    figure: `p50 ${ms(p50)}, p99 ${ms(p99)}`,
    goal: 'p99 <= 25 ms',
    ok: p99 <= 25,
  })
  bench.details.acceptOneByOne = { load, bare: [before, after], half: half.load }
}
