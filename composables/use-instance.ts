import type { Status } from '#shared/contracts/status.ts'

const status = shallowRef<Status | null>(null)
let asked: Promise<void> | undefined

/** What does not change while a page is open: whether mail is caught here, the version, how the first key begins. Asked once. */
export function useInstance() {
  asked ??= fetch('/api/v1/status', { headers: { accept: 'application/json' } })
    .then(async (answer) => {
      if (!answer.ok) throw new Error(String(answer.status))
      status.value = (await answer.json()) as Status
    })
    .catch(() => {
      asked = undefined
    })
  return { status: status as Readonly<typeof status>, mailCatcher: computed(() => status.value?.mailCatcher ?? false) }
}
