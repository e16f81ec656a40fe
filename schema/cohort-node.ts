import type { Cohort } from '../src/model/types.ts'
import type { SliceNode } from './slice-node.ts'
import type { CohortType } from './types/cohort.ts'

/** A cohort as at the end of a period; its slice holds the members alone. */
export class CohortNode implements CohortType {
  readonly name: string
  readonly label: string
  readonly description: string | null
  readonly definition: string
  readonly entity: string
  readonly slice: SliceNode

  constructor({ name, label, description, definition, entity }: Cohort, slice: SliceNode) {
    this.name = name
    this.label = label
    this.description = description
    this.definition = definition
    this.entity = entity
    this.slice = slice
  }
}
