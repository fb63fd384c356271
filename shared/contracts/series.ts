// Figures over time: what charts are drawn from.
import { z } from 'zod'

/** More values than a chart has pixels. */
export const mostSteps = 3_000
/** Names that mean the workspace; with `instance.` before them, the whole instance. */
export const workspaceSeries = ['accepted', 'created', 'delivered', 'dead'] as const

const time = z.iso.datetime({ offset: true })

export const seriesQuerySchema = z.strictObject({
  name: z
    .string()
    .max(5_000)
    .transform((names) => names.split(','))
    .pipe(
      z
        .array(z.string().regex(/^[\w.:-]{1,120}$/, 'is not a name of a series'))
        .min(1)
        .max(40),
    )
    .meta({
      description:
        'One or several, separated by commas: a measure with `.rate`, `.errors`, `.p50` or `.p95` (`provider.webhook.p95`), `queue.<name>.oldestMs`, `.waiting`, `.active`, `.delayed`, `.busy`, `process.<name>.cpu`, `.rssBytes`, `.lagMs`, `accepted`, `created`, `delivered`, `dead` of the workspace (`instance.accepted` of the instance)',
      example: 'accepted,delivered',
    }),
  from: time.optional().meta({ description: 'Default an hour before `to`' }),
  to: time.optional().meta({ description: 'Default now' }),
  step: z.coerce.number().int().min(10).max(86_400).default(10).meta({ description: 'Seconds for one value' }),
})
export type SeriesQuery = z.output<typeof seriesQuerySchema>

export const seriesSchema = z
  .strictObject({
    from: z.iso.datetime().meta({ description: 'Of the first value' }),
    to: z.iso.datetime(),
    step: z.int(),
    resolution: z.int().meta({ description: 'Seconds of the samples behind it: 10 for the last 7 days, 60 for 30, 3600 for 90' }),
    series: z.array(
      z.strictObject({
        name: z.string(),
        values: z
          .array(z.number().nullable())
          .meta({ description: 'One a step; null = not measured. Of p95, ages and lags the worst of a step, of others the mean' }),
      }),
    ),
  })
  .meta({ id: 'Series' })
export type Series = z.infer<typeof seriesSchema>
