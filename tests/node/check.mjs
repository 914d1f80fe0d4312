// Reads playlists with hls-parser in strict mode: one JSON string a line on standard input, and for
// each of them one JSON line on standard output, the error's message or null.
import { createInterface } from 'node:readline'
import * as HLS from 'hls-parser'

HLS.setOptions({ strictMode: true, silent: true })

for await (const line of createInterface({ input: process.stdin })) {
  let message = null
  try {
    HLS.parse(JSON.parse(line))
  } catch (error) {
    message = String(error.message ?? error)
  }
  console.log(JSON.stringify(message))
}
