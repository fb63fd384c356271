import type { MemberWorkspace } from '#shared/contracts/operator.ts'
import type { Session } from '#shared/contracts/session.ts'
import { mayAct, workspaceHeader, type NeededRole, type Standing } from '#shared/roles.ts'
import { neededText } from '#shared/texts/session.ts'

const keptWorkspace = 'signalbox.workspace'

// One page, one session: shared by everything on it.
const session = shallowRef<Session | null>(null)
const chosenKey = ref<string | null>(null)
let reading: Promise<SessionState> | undefined

/** `away` = it cannot be told: the API or Redis does not answer. */
export type SessionState = 'signed-in' | 'signed-out' | 'away'

export type SignInResult = { ok: true } | { ok: false; status: number; retryAfterSeconds: number; requestId: string }

const operator = computed(() => session.value?.operator ?? null)
const workspaces = computed<MemberWorkspace[]>(() => session.value?.workspaces ?? [])
const workspace = computed<MemberWorkspace | null>(
  () => workspaces.value.find(({ key }) => key === chosenKey.value) ?? workspaces.value[0] ?? null,
)
const standing = computed<Standing | null>(() =>
  operator.value ? { role: workspace.value?.role ?? null, instance: operator.value.instance } : null,
)

/** Asks once; the answer is kept until somebody signs in or out, or a call says that the session has ended. */
function load(): Promise<SessionState> {
  if (session.value) return Promise.resolve('signed-in')
  reading ??= read().finally(() => (reading = undefined))
  return reading
}

async function read(): Promise<SessionState> {
  try {
    const answer = await fetch('/api/v1/session', { headers: { accept: 'application/json' } })
    if (answer.status === 401) return 'signed-out'
    if (!answer.ok) return 'away'
    session.value = (await answer.json()) as Session
    return 'signed-in'
  } catch {
    return 'away'
  }
}

async function signIn(email: string, password: string): Promise<SignInResult> {
  const answer = await fetch('/api/v1/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  const requestId = answer.headers.get('x-request-id') ?? ''
  if (!answer.ok) return { ok: false, status: answer.status, retryAfterSeconds: Number(answer.headers.get('retry-after') ?? 0), requestId }
  session.value = (await answer.json()) as Session
  return { ok: true }
}

/** Also forgets what the page knows of the session; the caller goes to /sign-in. */
async function signOut(): Promise<void> {
  const answer = await fetch('/api/v1/session', { method: 'DELETE' })
  // 401: it had ended already.
  if (!answer.ok && answer.status !== 401) throw new Error(`Signing out answered ${answer.status}`)
  session.value = null
}

/** What a call does that met 401: the session has ended, the person signs in and comes back to where they were. */
async function ended(): Promise<void> {
  if (!session.value) return
  session.value = null
  await navigateTo({ path: '/sign-in', query: { next: useRouter().currentRoute.value.fullPath, why: 'ended' } })
}

/** Shows another workspace from now on; false when the operator does not belong to it. */
function chooseWorkspace(key: string): boolean {
  if (!workspaces.value.some((one) => one.key === key)) return false
  chosenKey.value = key
  try {
    localStorage.setItem(keptWorkspace, key)
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page, and stands in the URL.
  }
  return true
}

/** The workspace of the last visit, if the operator still belongs to it. */
function recallWorkspace(): void {
  if (chosenKey.value !== null) return
  try {
    chosenKey.value = localStorage.getItem(keptWorkspace)
  } catch {
    chosenKey.value = null
  }
}

/** Whoever is signed in, the workspace shown, and what they may do in it. */
export function useSession() {
  return {
    operator,
    workspaces,
    workspace,
    standing,
    /** `can('operator')`, `can('instance')`: reactive, for enabling controls; the API decides again. */
    can: (needed: NeededRole): boolean => mayAct(standing.value, needed),
    /** Why `can` is false: the reason a disabled control gives. null when it is true. */
    whyNot: (needed: NeededRole): string | null =>
      mayAct(standing.value, needed) ? null : neededText(needed, standing.value, workspace.value?.name),
    /** Headers of a call in the workspace shown. */
    headers: (): Record<string, string> => (workspace.value ? { [workspaceHeader]: workspace.value.key } : {}),
    load,
    /** Reads it again: after a change of roles, names or workspaces. */
    reload: read,
    signIn,
    signOut,
    ended,
    chooseWorkspace,
    recallWorkspace,
  }
}
