import { open } from 'node:fs/promises'

const TAIL_BYTES = 1_048_576

/** Whether the last line of a file of JSON lines is JSON: an export that breaks off ends in the middle of a line, or with a sentence that says so. An empty file is whole. */
export async function endsWhole(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const length = Math.min(size, TAIL_BYTES)
    const tail = Buffer.alloc(length)
    await file.read(tail, 0, length, size - length)
    const text = tail.toString('utf8').trimEnd()
    const line = text.slice(text.lastIndexOf('\n') + 1)
    // A line longer than what was read is judged when it is read.
    return line === '' || (line.length === text.length && size > length) || isJson(line)
  } finally {
    await file.close()
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
