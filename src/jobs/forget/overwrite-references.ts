import type { Landing } from '../../../connectors/landing-contract.ts'
import type { Forgotten } from '../sync/types.ts'
import type { KnownPerson } from './find-person.ts'
import { cellsFor } from './person-tables.ts'
import type { PersonTable } from './person-tables.ts'

/** How often rows that stay name the person. */
export async function countReferences({ landed, refers }: PersonTable, known: KnownPerson | undefined, landing: Landing): Promise<number> {
  let cells = 0
  for (const { column } of refers) {
    const values = cellsFor(landed, column, known?.users ?? [])
    if (values.length > 0) cells += (await landing.lookUp(landed.name, landed.key, { column, values })).length
  }
  return cells
}

/** @returns Rows changed, each as often as it named the person. */
export async function overwriteReferences({ source, landed, refers }: PersonTable, known: KnownPerson | undefined, landing: Landing, aliasOf: Forgotten['aliasOf']): Promise<number> {
  let cells = 0
  for (const { column, tells } of refers) {
    const isText = landed.columns.some(({ name, kind }) => name === column && kind === 'text')
    const values = cellsFor(landed, column, known?.users ?? []).map((id) => [id, isText ? aliasOf(source, String(id)) : null] as const)
    if (values.length > 0) cells += await landing.overwrite(landed.name, { column, cells: values, empties: tells })
  }
  return cells
}
