const nowMs = ref(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** The time of day, once a second, shared by all who show how long ago something was. */
export function useNow() {
  if (users++ === 0) {
    nowMs.value = Date.now()
    timer = setInterval(() => (nowMs.value = Date.now()), 1_000)
  }
  onScopeDispose(() => {
    if (--users === 0) clearInterval(timer)
  })
  return readonly(nowMs)
}
