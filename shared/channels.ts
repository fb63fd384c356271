// The ways out. Without Zod: pages load it.

export const channels = ['email', 'webhook', 'in-app'] as const
export type Channel = (typeof channels)[number]
