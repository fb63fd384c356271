// The queues by name. Without Zod: pages load it.

export const queueNames = ['fan-out', 'delivery-email', 'delivery-webhook', 'delivery-in-app', 'replay'] as const
export type QueueName = (typeof queueNames)[number]
