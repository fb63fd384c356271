import type { InjectionKey, ShallowRef } from 'vue'
import type { EdgeView, MapModel, NodeView } from '#shared/view/map-picture.ts'

/** What a followed event left at a place or on a line. */
export interface TraceMark {
  /** Number of the station; null on lines. */
  number: number | null
  /** Time spent, as a label. */
  text: string | null
}

export interface MapScene {
  node: (id: string) => NodeView | null
  edge: (id: string) => EdgeView | null
  /** Id of the open place. */
  selected: Ref<string>
  /** Drawn quietly: not a neighbour, not on the followed path, or of a kind that is switched off. */
  dimmed: (id: string) => boolean
  trace: (id: string) => TraceMark | null
  following: Ref<boolean>
}

export const mapSceneKey: InjectionKey<MapScene> = Symbol('map scene')

/** Each place and each line is a cell of its own: a second in which it did not change draws nothing. */
function createCells<T extends { id: string }>() {
  const cells = new Map<string, ShallowRef<T | null>>()
  const cell = (id: string): ShallowRef<T | null> => {
    const known = cells.get(id) ?? (shallowRef(null) as ShallowRef<T | null>)
    cells.set(id, known)
    return known
  }
  return {
    read: (id: string): T | null => cell(id).value,
    write(views: ReadonlyMap<string, T>): void {
      for (const [id, view] of views) if (JSON.stringify(view) !== JSON.stringify(cell(id).value)) cell(id).value = view
    },
  }
}

/** Keeps what the map draws, and gives it to the parts below. */
export function provideMapScene(state: Pick<MapScene, 'selected' | 'dimmed' | 'trace' | 'following'>) {
  const nodes = createCells<NodeView>()
  const edges = createCells<EdgeView>()
  const scene: MapScene = { node: nodes.read, edge: edges.read, ...state }
  provide(mapSceneKey, scene)
  return {
    scene,
    update(model: MapModel): void {
      nodes.write(model.nodes)
      edges.write(model.edges)
    },
  }
}

export function useMapScene(): MapScene {
  const scene = inject(mapSceneKey)
  if (!scene) throw new Error('Only inside a map')
  return scene
}
