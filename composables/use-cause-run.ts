import type { ReplayView } from '#shared/contracts/replay.ts'

/** The replay of a cause that runs now, or the one that was just started here (`started`: its id, or ''). '' as cause: none. */
export function useCauseRun(causeId: () => string, started: () => string) {
  const api = useApi()
  const live = useLive()
  const run = useReading(
    async (signal): Promise<ReplayView | null> => {
      if (started() !== '') return api.get('/replays/{id}', { params: { id: started() }, signal })
      if (causeId() === '') return null
      const { items } = await api.get('/replays', { query: { limit: '10' }, signal })
      return items.find((one) => one.filter.cause === causeId() && isGoing(one)) ?? null
    },
    () => [started(), causeId()],
  )
  live.on('replay', () => void run.read())
  return run
}

export const isGoing = (replay: Pick<ReplayView, 'state'> | null): boolean => replay?.state === 'running' || replay?.state === 'preparing'
