const storageKey = 'signalbox.theme'
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

function remembered(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(storageKey)) ?? 'system'
  } catch {
    return 'system'
  }
}

const theme = ref<Theme>(remembered())

function apply(): void {
  if (theme.value === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme.value
}

/** Light, dark, or as the system says; kept in this browser. */
export function useTheme() {
  apply()
  function choose(next: Theme): void {
    theme.value = next
    apply()
    try {
      localStorage.setItem(storageKey, next)
    } catch {
      // Chosen for this tab only.
    }
  }
  return { theme: readonly(theme), choose }
}
