const shownForMs = 2_000

/** Copies text and says for two seconds whether it did: true, false, or null = not asked. */
export function useCopy() {
  const copied = ref<boolean | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function copy(text: string): Promise<void> {
    try {
      // Only there on https and on localhost.
      await navigator.clipboard.writeText(text)
      copied.value = true
    } catch {
      copied.value = copyBySelection(text)
    }
    clearTimeout(timer)
    timer = setTimeout(() => (copied.value = null), shownForMs)
  }

  onScopeDispose(() => clearTimeout(timer))
  return { copied, copy }
}

/** Plain http in the local network has no clipboard API, but still the old command. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.readOnly = true
  area.className = 'hidden-visually'
  document.body.append(area)
  const focused = document.activeElement
  area.select()
  try {
    return document.execCommand('copy')
  } catch {
    return false
  } finally {
    area.remove()
    if (focused instanceof HTMLElement) focused.focus()
  }
}
