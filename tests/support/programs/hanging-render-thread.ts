// A render thread for tests: does what the data says. `hang` never ends, `exit` takes the thread down, else the subject is the recipient's id.
import type { RenderResult, RenderTask } from '#services/workflows/rendering.ts'

export default function handle({ items, progress }: RenderTask): RenderResult[] {
  return items.map(({ context }, index) => {
    Atomics.store(progress, 0, index)
    // Each item takes a moment, so that a batch as a whole outlasts the hard stop of one item.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(context.data.waitMs ?? 0))
    if (context.data.hang) for (;;);
    if (context.data.exit) process.exit(1)
    return { ok: true, content: { subject: String(context.recipient.id), html: null, text: null } }
  })
}
