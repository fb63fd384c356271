// A file for a chooser, by its path. Playwright copies a file to a browser that it is connected to, piece by piece, which takes minutes for a
// large one on a busy machine; this browser runs here and reads it itself.
import type { FileChooser } from 'playwright-core'

export async function giveFile(chooser: FileChooser, path: string): Promise<void> {
  const page = chooser.page()
  const client = await page.context().newCDPSession(page)
  const mark = 'data-asks-for-a-file'
  await chooser.element().evaluate((input, name) => (input as Element).setAttribute(name, ''), mark)
  const { result } = await client.send('Runtime.evaluate', { expression: `document.querySelector('[${mark}]')` })
  await client.send('DOM.setFileInputFiles', { files: [path], objectId: result.objectId! })
  await chooser.element().evaluate((input, name) => (input as Element).removeAttribute(name), mark)
  await client.detach()
}
