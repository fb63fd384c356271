import type { LocationQueryRaw } from 'vue-router'

type Shape = Record<string, string>

/**
 * Filters, tabs, ranges and open panels in the URL: `const state = useUrlState({ tab: 'open', q: '', panel: '' })`. Reading gives the
 * URL's value or the default; writing changes the URL, and a default leaves it. `push` for what Back should undo (a panel, a tab),
 * plain assignment replaces (typing in a filter). Several writes in one tick become one navigation.
 */
export function useUrlState<S extends Shape>(defaults: S) {
  const route = useRoute()
  const router = useRouter()
  const path = route.path
  let waiting: { values: Partial<Shape>; push: boolean } | undefined

  function write(values: Partial<Shape>, push: boolean): void {
    if (waiting) {
      waiting = { values: { ...waiting.values, ...values }, push: waiting.push || push }
      return
    }
    waiting = { values, push }
    void Promise.resolve().then(() => {
      const now = waiting
      waiting = undefined
      // The page was left meanwhile: its filters must not follow.
      if (!now || route.path !== path) return
      const query: LocationQueryRaw = { ...route.query }
      for (const [name, value] of Object.entries(now.values)) {
        if (value === undefined || value === defaults[name]) Reflect.deleteProperty(query, name)
        else query[name] = value
      }
      const to = { path: route.path, query, hash: route.hash }
      void (now.push ? router.push(to) : router.replace(to))
    })
  }

  function read(name: string): string {
    const given = route.query[name]
    const value = Array.isArray(given) ? given[0] : given
    return value ?? defaults[name] ?? ''
  }

  const state = {} as { [K in keyof S]: string }
  for (const name of Object.keys(defaults)) {
    Object.defineProperty(state, name, { enumerable: true, get: () => read(name), set: (value: string) => write({ [name]: value }, false) })
  }
  return Object.assign(state, {
    /** Changes some at once, as a step that Back undoes. */
    push: (values: Partial<Record<keyof S, string>>) => write(values as Partial<Shape>, true),
    /** Changes some at once, in place. */
    replace: (values: Partial<Record<keyof S, string>>) => write(values as Partial<Shape>, false),
  })
}
