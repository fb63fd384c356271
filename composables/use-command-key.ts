/** How a key with the command key is written on this machine: '⌘K', 'Ctrl K'. Both work everywhere. */
export function useCommandKey(key: string): string {
  return /Mac|iPhone|iPad/.test(navigator.platform) ? `⌘${key}` : `Ctrl ${key}`
}
