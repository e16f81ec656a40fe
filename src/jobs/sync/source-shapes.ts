import type { Landing } from '../../../connectors/landing-contract.ts'
import type { Stream } from '../../../connectors/sync-contract.ts'
import type { Clock } from '../../base/clock.ts'
import { Places } from '../../base/places.ts'
import { keepPersonalPolicy } from './personal-policy-kept.ts'
import { TableShape } from './table-shape.ts'
import type { SyncedSource } from './types.ts'

/** The tables of a source as they are known now, by the tool's names; readings and live events learn columns together. */
export class SourceShapes {
  readonly #synced: SyncedSource
  readonly #landing: Landing
  readonly #clock: Clock
  #known: { readonly declared: string; readonly shape: TableShape }[] = []
  readonly #making = new Places({ count: 1 })

  constructor(synced: SyncedSource, landing: Landing, clock: Clock) {
    this.#synced = synced
    this.#landing = landing
    this.#clock = clock
  }

  /** Made anew where a stream declares a table otherwise than before. @throws KpiqlError `CONFIG_INVALID` where personal columns landed under another policy. */
  of(stream: Stream): Promise<ReadonlyMap<string, TableShape>> {
    return this.#making.within(undefined, () => this.#make(stream))
  }

  async #make({ tables }: Stream): Promise<ReadonlyMap<string, TableShape>> {
    const { name, settings } = this.#synced
    const shapes = new Map<string, TableShape>()
    for (const table of tables) {
      const declared = JSON.stringify(table)
      let known = this.#known.find(({ shape }) => shape.table.name === table.name)
      if (known?.declared !== declared) {
        const landed = (await this.#landing.tables(name)).find((one) => one.name === `${name}_${table.name}`) ?? null
        known = { declared, shape: new TableShape(name, table, settings, landed) }
        await keepPersonalPolicy(this.#synced, table, landed !== null, this.#landing, this.#clock)
        this.#known = [...this.#known.filter(({ shape }) => shape.table.name !== table.name), known]
      }
      shapes.set(table.name, known.shape)
    }
    return shapes
  }
}
