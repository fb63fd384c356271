/** True while the page has the width of a phone or a half screen: panels cover it, the map begins as a table. */
export function useNarrow() {
  const query = window.matchMedia('(max-width: 900px)')
  const narrow = ref(query.matches)
  const onChange = (): void => void (narrow.value = query.matches)
  query.addEventListener('change', onChange)
  onScopeDispose(() => query.removeEventListener('change', onChange))
  return readonly(narrow)
}
