/** What a delivery says while its provider is held. The same text as `heldReason` in services/delivery, which SQL writes. */
export function whyHeld(reason: string): string {
  return `provider held: ${reason}`
}
