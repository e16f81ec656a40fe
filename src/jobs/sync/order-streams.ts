import type { Stream } from '../../../connectors/sync-contract.ts'
import { KpiqlError } from '../../base/errors.ts'

/**
 * Those wanted, each behind those it waits for.
 *
 * @param wanted names; null for all.
 * @throws KpiqlError `SYNC_UNKNOWN` for a name that is not there, `SOURCE_FAILED` where streams wait for each other.
 */
export function orderStreams(source: string, all: readonly Stream[], wanted: readonly string[] | null): readonly Stream[] {
  for (const name of wanted ?? []) {
    if (!all.some((stream) => stream.name === name)) throw new KpiqlError('SYNC_UNKNOWN', { message: `Source "${source}" has no stream "${name}".`, hint: `Its streams: ${all.map((stream) => stream.name).join(', ')}.` })
  }
  const ordered: Stream[] = []
  const visiting = new Set<string>()
  const visit = (stream: Stream): void => {
    if (ordered.includes(stream)) return
    if (visiting.has(stream.name)) throw new KpiqlError('SOURCE_FAILED', { message: `Streams of source "${source}" wait for each other: ${[...visiting].join(', ')}.`, hint: 'Please report it: this is a fault of the connector.' })
    visiting.add(stream.name)
    for (const name of stream.after ?? []) {
      const before = all.find((one) => one.name === name)
      if (before) visit(before)
    }
    visiting.delete(stream.name)
    ordered.push(stream)
  }
  for (const stream of all) visit(stream)
  return ordered.filter(({ name }) => wanted === null || wanted.includes(name))
}
