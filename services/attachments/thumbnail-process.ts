// `node thumbnail-process.ts PIXELS`: an image on stdin, WebP on stdout.
import { pipeline } from 'node:stream/promises'
import sharp from 'sharp'

/** More than any camera makes; less than what decodes into all of our memory (4 bytes each). */
const maxPixels = 50_000_000

sharp.cache(false)
sharp.concurrency(1)
const pixels = Number(process.argv[2])
const picture = sharp({ limitInputPixels: maxPixels, failOn: 'error', animated: false })
  .rotate()
  .resize(pixels, pixels, { fit: 'inside', withoutEnlargement: true })
  .webp({ quality: 80 })
await pipeline(process.stdin, picture, process.stdout)
