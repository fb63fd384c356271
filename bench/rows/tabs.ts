// What open pages cost: the API's CPU with 1 and with 20 of them on one workspace, and what each receives a second.
import { get } from 'node:http'
import type { Bench } from '../bench.ts'

const many = 20
/** Ten open pages must cost the server what one does: twenty may take so much more of a core. */
const moreAllowed = 0.05

interface Tabs {
  bytes(): number
  snapshots(): number
  close(): void
}

/** Pages as the browser opens them: one stream each, read as fast as it comes. */
async function openTabs(bench: Bench, count: number): Promise<Tabs> {
  let bytes = 0
  let snapshots = 0
  const url = `${bench.product.url.replace('localhost', '127.0.0.1')}/api/v1/live`
  const requests = await Promise.all(
    Array.from({ length: count }, async () => {
      const request = get(url, { agent: false, headers: { authorization: `Bearer ${bench.product.apiKey}` } })
      await new Promise<void>((resolve, reject) => {
        request.once('error', reject)
        request.once('response', (response) => {
          response.on('error', () => {})
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length
            if (chunk.includes('event: snapshot')) snapshots++
          })
          resolve()
        })
      })
      request.on('error', () => {})
      return request
    }),
  )
  return {
    bytes: () => bytes,
    snapshots: () => snapshots,
    close: () => {
      for (const request of requests) request.destroy()
    },
  }
}

interface Cost {
  apiShare: number
  workerShare: number
  bytesPerTab: number
  snapshotsPerTab: number
}

async function measure(bench: Bench, count: number): Promise<Cost> {
  const tabs = await openTabs(bench, count)
  // The collector looks once a second from the first page on: after two it is in its stride.
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  const [before, bytes, snapshots, startedAt] = [await bench.usage(), tabs.bytes(), tabs.snapshots(), performance.now()]
  await new Promise((resolve) => setTimeout(resolve, bench.seconds * 1_000))
  const [after, seconds] = [await bench.usage(), (performance.now() - startedAt) / 1_000]
  const share = (name: string): number => ((after.cpuSeconds[name] ?? 0) - (before.cpuSeconds[name] ?? 0)) / seconds
  const cost = {
    apiShare: share('api-1'),
    workerShare: share('worker-1'),
    bytesPerTab: (tabs.bytes() - bytes) / seconds / Math.max(1, count),
    snapshotsPerTab: (tabs.snapshots() - snapshots) / seconds / Math.max(1, count),
  }
  tabs.close()
  return cost
}

export async function tabs(bench: Bench): Promise<void> {
  await bench.load({ rate: 50, seconds: 2, webhook: bench.sinkPort, type: 'bench.webhook' })
  const none = await measure(bench, 0)
  const one = await measure(bench, 1)
  const all = await measure(bench, many)
  const percent = (share: number): string => `${(share * 100).toFixed(1)}%`
  bench.figures.push({
    ...{
      row: `CPU of the API with ${many} pages open`,
      figure: `${percent(all.apiShare)} of a core; ${percent(one.apiShare)} with 1, ${percent(none.apiShare)} with none`,
    },
    ...{ budget: `at most ${percent(moreAllowed)} more than 1`, ok: all.apiShare - one.apiShare <= moreAllowed },
  })
  bench.figures.push({
    row: '  CPU of the collecting worker',
    figure: `${percent(all.workerShare)} with ${many}; ${percent(one.workerShare)} with 1, ${percent(none.workerShare)} with none`,
  })
  bench.figures.push({
    ...{ row: '  SSE to each page', figure: `${(all.bytesPerTab / 1_024).toFixed(1)} KB/s, ${all.snapshotsPerTab.toFixed(2)} snapshots/s` },
    ...{ budget: 'one snapshot a second', ok: all.snapshotsPerTab > 0.9 },
  })
  bench.details.tabs = { none, one, all }
}
