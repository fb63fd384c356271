import { describe, expect, it } from 'vitest'
import { safeUrl, withSafeLinks } from './safe-links.rules.ts'

describe('safeUrl', () => {
  it('keeps http, https and mailto as they were written', () => {
    for (const url of ['http://example.com', 'https://example.com/a?b=c#d', 'mailto:ada@example.com']) expect(safeUrl(url)).toBe(url)
    expect(safeUrl('  https://example.com \n')).toBe('https://example.com')
  })

  it('drops every other scheme, relative paths and what is no URL', () => {
    for (const url of [
      'javascript:alert(1)',
      'java\nscript:alert(1)',
      'JavaScript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      '/path',
      '//example.com',
      'example.com',
      '',
      '   ',
      null,
    ]) {
      expect(safeUrl(url)).toBeNull()
    }
    expect(safeUrl(`https://example.com/${'x'.repeat(3_000)}`)).toBeNull()
  })

  it('writes blanks and controls inside as a parser reads them', () => {
    expect(safeUrl('https://example.com/a b')).toBe('https://example.com/a%20b')
    expect(safeUrl('https://example.com/a\r\nb')).toBe('https://example.com/ab')
  })
})

describe('withSafeLinks', () => {
  const href = (value: string) => withSafeLinks(`<a class="x" href="${value}">y</a>`)

  it('leaves good links, anchors and relative ones alone', () => {
    for (const value of ['https://example.com/?a=1&amp;b=2', 'HTTP://example.com', 'mailto:a@b.c', '#top', '/path', ''])
      expect(href(value)).toBe(`<a class="x" href="${value}">y</a>`)
  })

  it('turns every other scheme into #, however it is written', () => {
    for (const value of [
      'javascript:alert(1)',
      ' JaVaScRiPt:alert(1)',
      'java\nscript:x',
      'java&#10;script:x',
      '&#106;avascript:x',
      '&#x6A;avascript&colon;x',
      'vbscript:x',
      'data:text/html,x',
      '\u0001javascript:x',
    ]) {
      expect(href(value)).toBe('<a class="x" href="#">y</a>')
    }
  })

  it('reads attributes in single quotes, without quotes, and other ones that load or send', () => {
    expect(withSafeLinks("<a href='javascript:x'>")).toBe('<a href="#">')
    expect(withSafeLinks('<a href=javascript:x>')).toBe('<a href="#">')
    expect(withSafeLinks('<form action="javascript:x"><button formaction = "javascript:x">')).toBe(
      '<form action="#"><button formaction = "#">',
    )
    expect(withSafeLinks('<img src="javascript:x">')).toBe('<img src="#">')
  })

  it('lets images carry themselves', () => {
    for (const html of ['<img src="cid:logo">', '<img src="data:image/png;base64,AAAA">']) expect(withSafeLinks(html)).toBe(html)
    expect(withSafeLinks('<img src="data:image/svg+xml,x">')).toBe('<img src="#">')
    expect(withSafeLinks('<a href="data:image/png;base64,AAAA">')).toBe('<a href="#">')
  })

  it('does not take long over hostile text', () => {
    // In time of the processor: what looks back at every step would take minutes of it.
    const before = process.cpuUsage()
    withSafeLinks(`<a href=${' '.repeat(200_000)}`)
    withSafeLinks('href='.repeat(100_000))
    withSafeLinks(`<a href="${'&#'.repeat(100_000)}`)
    const { user, system } = process.cpuUsage(before)
    expect(user + system).toBeLessThan(10_000_000)
  })
})
