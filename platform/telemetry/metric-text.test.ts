import { describe, expect, it } from 'vitest'
import { metricText } from './metric-text.ts'

describe('metricText', () => {
  it('says each family once and labels every sample with its process', () => {
    const family = (value: number) => ({ name: 'a_total', help: 'A', type: 'counter', values: [{ labels: { x: 'y' }, value }] })
    expect(
      metricText([
        { extra: { process: 'api-1' }, families: [family(1)] },
        { extra: { process: 'worker-1' }, families: [family(2)] },
      ]),
    ).toBe('# HELP a_total A\n# TYPE a_total counter\na_total{x="y",process="api-1"} 1\na_total{x="y",process="worker-1"} 2\n')
  })

  it('names the parts of a histogram and escapes what a label may hold', () => {
    const text = metricText([
      {
        extra: {},
        families: [
          {
            name: 'h',
            help: 'H\nI',
            type: 'histogram',
            values: [{ metricName: 'h_bucket', labels: { le: '+Inf', q: 'a"b\\c\n' }, value: Infinity }],
          },
        ],
      },
    ])
    expect(text).toBe('# HELP h H\\nI\n# TYPE h histogram\nh_bucket{le="+Inf",q="a\\"b\\\\c\\n"} +Inf\n')
  })
})
