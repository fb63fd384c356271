import type { Snapshot } from '#shared/contracts/live.ts'
import { createFoldMemory, foldableLanes, foldModel, quietLanes, type FoldedLane } from '#shared/view/map-fold.ts'
import type { MapModel } from '#shared/view/map-picture.ts'

export interface FoldedPicture {
  /** Without the lanes that are folded. */
  model: MapModel
  folded: FoldedLane[]
  /** Lanes that would be folded, and are shown all the same. */
  opened: FoldedLane[]
}

/** The map's picture with its quiet lanes folded, unless `open()`. `looksAt`: these places stay, so their lanes do. */
export function useFoldedLanes(input: {
  model: Ref<MapModel>
  snapshot: Ref<Snapshot | null>
  past: Ref<boolean>
  open: () => boolean
  looksAt: (place: string) => boolean
}): ComputedRef<FoldedPicture> {
  const remember = createFoldMemory()
  const quiet = shallowRef<string[]>([])
  watch(
    input.model,
    (model) => {
      const now = quietLanes(model, input.snapshot.value)
      const lanes = input.past.value || !input.snapshot.value ? now : remember(now, foldableLanes(model), Date.now())
      if (lanes.join() !== quiet.value.join()) quiet.value = lanes
    },
    { immediate: true },
  )
  return computed(() => {
    const model = input.model.value
    const looked = new Set<string | null>(model.topology.nodes.filter(({ id }) => input.looksAt(id)).map(({ area }) => area))
    const { model: without, folded } = foldModel(
      model,
      quiet.value.filter((lane) => !looked.has(lane)),
    )
    return input.open() ? { model, folded: [], opened: folded } : { model: without, folded, opened: [] }
  })
}
