export type KeyHandler = (event: KeyboardEvent) => void

/** True where typing means text, not a command. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

/**
 * Keys of a page while it is shown: `useKeys({ j: next, k: previous, Escape: close, '/': focusSearch })`. Not while somebody types
 * (Escape still works), with Ctrl, Alt or Cmd held, while a dialog is open, or for an event that another one has taken.
 */
export function useKeys(handlers: Record<string, KeyHandler>): void {
  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key !== 'Escape' && isTyping(event.target)) return
    if (document.querySelector('[role=dialog][data-state=open], dialog[open]')) return
    // A button that has the focus takes Enter and Space itself.
    if ((event.key === 'Enter' || event.key === ' ') && event.target instanceof HTMLElement && event.target.closest('button, a, summary'))
      return
    const handler = handlers[event.key] ?? handlers[event.key.toLowerCase()]
    if (!handler) return
    event.preventDefault()
    handler(event)
  }
  onMounted(() => window.addEventListener('keydown', onKey))
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey))
}
