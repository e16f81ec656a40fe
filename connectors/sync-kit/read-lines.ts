/**
 * Lines of UTF-8 text, those of each piece together; blank ones are left out. Only a line feed ends a line: JSON may hold the
 * other separators of Unicode. A last line without one is a line.
 */
export async function* readLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    const full = lines.filter(isNotBlank)
    if (full.length > 0) yield full
  }
  rest += decoder.decode()
  if (isNotBlank(rest)) yield [rest]
}

function isNotBlank(line: string): boolean {
  return line.trim() !== ''
}
