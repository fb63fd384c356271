/** Stands for "not at these rates" in seconds until a queue is empty (a year): a client may rely on a number. Without Zod: pages load it. */
export const neverDrainsSeconds = 31_536_000
