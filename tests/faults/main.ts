// `npm run faults [-- --quick | --long] [--seed N] [--kills N] [--events N] [--only processes,redis,fail-points]`: the fault
// catalogue against the built product. Prints each row's figures; ends with 1 when a promise was broken.
import { parseArgs } from 'node:util'
import { groups, type RowResult, type Settings } from './catalogue.ts'
import { stopFaultRuns } from './fault-run.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    kills: { type: 'string' },
    events: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
  },
})

const sizes = {
  quick: { kills: 8, events: 2_400, postgresKills: 1, redisAwayMs: 5_000, frozenMs: 11_000, goodOnes: 300, crashEvents: 700, minutes: 4 },
  normal: {
    kills: 30,
    events: 20_000,
    postgresKills: 5,
    redisAwayMs: 20_000,
    frozenMs: 12_000,
    goodOnes: 1_000,
    crashEvents: 2_500,
    minutes: 9,
  },
  long: {
    kills: 150,
    events: 100_000,
    postgresKills: 5,
    redisAwayMs: 120_000,
    frozenMs: 30_000,
    goodOnes: 1_000,
    crashEvents: 10_000,
    minutes: 40,
  },
}
const { minutes, ...size } = sizes[values.quick ? 'quick' : values.long ? 'long' : 'normal']
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const settings: Settings = {
  ...size,
  seed,
  kills: Number(values.kills ?? size.kills),
  events: Number(values.events ?? size.events),
  say: (line) => console.log(`    ${line}`),
}

const wanted = values.only?.split(',')
const chosen = groups.filter((group) => !wanted || wanted.includes(group.name.replace(' ', '-')))
if (chosen.length === 0) throw new Error(`There are the groups ${groups.map((group) => group.name.replace(' ', '-')).join(', ')}`)

const results: RowResult[] = []
const report = (result: RowResult): void => {
  results.push(result)
  console.log(line(result))
}

async function giveUp(why: string): Promise<void> {
  console.error(`${why}: stopping the product ...`)
  await stopFaultRuns()
  finish(1)
}
const late = setTimeout(() => void giveUp(`Not done after ${minutes} minutes`), minutes * 60_000)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void giveUp(signal))

console.log(`Seed ${seed}: npm run faults -- --seed ${seed} does the same again.`)
for (const group of chosen) {
  try {
    await group.run(settings, report)
  } catch (error) {
    report({ name: group.name, figures: {}, broken: [(error as Error).stack ?? String(error)] })
  }
}
clearTimeout(late)
finish(0)

function line({ name, figures, broken }: RowResult): string {
  const list = Object.entries(figures)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ')
  return `${broken.length === 0 ? 'ok    ' : 'BROKEN'} ${name}\n       ${list}${broken.map((what) => `\n       ${what.replaceAll('\n', '\n       ')}`).join('')}`
}

function finish(more: number): never {
  const failed = results.filter((result) => result.broken.length > 0).length + more
  console.log(`\n${results.map(line).join('\n')}\n`)
  console.log(`${results.length - failed + more} passed, ${failed} failed, 0 skipped`)
  process.exit(failed > 0 ? 1 : 0)
}
