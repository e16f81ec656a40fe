import { createHmac } from 'node:crypto'
import type { Landing } from '../../../connectors/landing-contract.ts'
import type { SyncTable } from '../../../connectors/sync-contract.ts'
import type { Clock } from '../../base/clock.ts'
import { KpiqlError } from '../../base/errors.ts'
import { policyOf } from './personal-cell.ts'
import type { SyncedSource, SyncSettings } from './types.ts'

/** No tool's stream: under this name the landing keeps what became of personal columns, by table. Tables that are not named were kept as they came. */
export const PERSONAL_STREAM = '_personal'
const KEEP = 'keep'

/**
 * Keeps what becomes of a table's personal columns with what landed: rows of before would stay as they are, and those of a hashed key would be there twice.
 *
 * @param isLanded whether the table is there already.
 * @throws KpiqlError `CONFIG_INVALID` where the table landed with another policy or another key to hash with.
 */
export async function keepPersonalPolicy({ name, settings }: SyncedSource, table: SyncTable, isLanded: boolean, landing: Landing, clock: Clock): Promise<void> {
  if (!table.columns.some(({ personal }) => personal)) return
  const kept = (await landing.states(name)).get(PERSONAL_STREAM)
  const policies = (kept?.cursor ?? {}) as Readonly<Record<string, string>>
  const before = policies[table.name] ?? KEEP
  const now = markOf(settings, table)
  if (before === now) return
  if (isLanded) {
    const [was, is] = [before, now].map((mark) => mark.split(' ')[0])
    throw new KpiqlError('CONFIG_INVALID', {
      message: `Table "${table.name}" of source "${name}" landed with ${was === is ? 'another `hashKey`' : `\`personal: ${was}\`, not \`personal: ${is}\``}: rows that are there would stay as they are.`,
      hint: 'Drop the source\'s tables where they landed and give the source another name, so that all is read anew; or take the change back.',
    })
  }
  const cursor = { ...policies, [table.name]: now }
  await landing.commit({ source: name, stream: PERSONAL_STREAM, tables: [], writes: [], quarantined: [], state: { cursor, generation: 1, isWhole: true, completeUntilUtcMs: null, committedUtcMs: clock.nowMs() }, expects: kept?.version ?? 0, sweeps: false })
}

/** The key's own mark only where something is hashed with it. */
function markOf(settings: SyncSettings, { name, columns, key }: SyncTable): string {
  const policy = policyOf(settings, name)
  const hashes = policy === 'hash' || (policy === 'drop' && columns.some((column) => column.personal === true && key.includes(column.name)))
  return hashes && settings.hashKey !== null ? `${policy} ${createHmac('sha256', settings.hashKey).update('kpiql: which key').digest('hex').slice(0, 16)}` : policy
}
