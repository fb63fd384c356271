/** Host and path of a webhook's URL: what follows a question mark may be a credential. */
export function endpointName(url: string): string {
  if (!URL.canParse(url)) return url
  const { host, pathname } = new URL(url)
  return pathname === '/' ? host : host + pathname
}
