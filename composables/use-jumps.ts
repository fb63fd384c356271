import { navigationFor } from '#shared/view/navigation.ts'

const patienceMs = 1_500

/** Keys of every page: Cmd-K or Ctrl-K asks, G and a letter jumps, ? shows the keys. */
export function useJumps(does: { ask(): void; help(): void; has(): { mailCatcher: boolean } }): void {
  let pending = 0

  function isTyping(target: EventTarget | null): boolean {
    return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  }
  function onKey(event: KeyboardEvent): void {
    if (event.key.toLowerCase() === 'k' && (event.metaKey || event.ctrlKey) && !event.altKey) {
      event.preventDefault()
      does.ask()
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('dialog[open]')) return
    if (event.key === '?') {
      event.preventDefault()
      does.help()
      return
    }
    if (performance.now() < pending) {
      pending = 0
      const item = navigationFor(does.has())
        .flatMap((group) => group.items)
        .find(({ key }) => key === event.key.toLowerCase())
      if (item) {
        // Before the page's own keys hear it.
        event.preventDefault()
        event.stopImmediatePropagation()
        void navigateTo(item.path)
      }
      return
    }
    if (event.key.toLowerCase() === 'g' && !event.repeat) pending = performance.now() + patienceMs
  }
  onMounted(() => window.addEventListener('keydown', onKey, { capture: true }))
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey, { capture: true }))
}
