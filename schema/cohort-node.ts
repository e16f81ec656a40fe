import type { SizeAnswer } from '../src/answer/types.ts'
import { KpiqlError } from '../src/base/errors.ts'
import { ALL, and } from '../src/model/predicate.ts'
import type { Predicate } from '../src/model/predicate.ts'
import type { ComposedCohort } from './cohort-input.ts'
import type { KpiqlContext } from './context.ts'
import type { SliceNode } from './slice-node.ts'
import type { CohortType } from './types/cohort.ts'
import type { CohortInput } from './types/cohort-inputs.ts'
import { toCohort } from './where.ts'

/** A cohort as at some moment of a period; its slice holds the members alone. */
export class CohortNode implements CohortType {
  readonly name: string | null
  readonly id: string | null
  readonly label: string
  readonly description: string | null
  readonly entity: string
  readonly #definition: () => string
  /** The slice without the cohort: what it is compared within. */
  readonly around: SliceNode
  readonly slice: SliceNode

  constructor(shown: Pick<CohortType, 'name' | 'id' | 'label' | 'description'>, around: SliceNode, { entity, predicate, definition }: ComposedCohort) {
    this.name = shown.name
    this.id = shown.id
    this.label = shown.label
    this.description = shown.description
    this.entity = entity
    this.#definition = definition
    this.around = around
    this.slice = { ...around, predicate: and([around.predicate, predicate]) }
  }

  get definition(): string {
    return this.#definition()
  }

  /** How many members it has at its moment, or of them meet `among`. */
  count(among: Predicate = ALL): Promise<SizeAnswer> {
    const { session, predicate, asked, options } = this.slice
    return session.size({ entity: this.entity, predicate: and([predicate, among]), period: asked.period, cohortsAsOf: options.cohortsAsOf, rowsAsOf: options.cohortsAsOf === 'now' ? 'now' : 'period_end' })
  }
}

/** How a cohort is named in a question: exactly one of the three. */
export interface CohortAsked {
  readonly name?: string | null | undefined
  readonly id?: string | null | undefined
  readonly of?: CohortInput | null | undefined
}

/** @throws KpiqlError `COHORT_UNKNOWN`, `COHORT_INVALID`, also where none or several of name, id and of are given. */
export function openCohort(context: KpiqlContext, { name, id, of }: CohortAsked, around: SliceNode): CohortNode {
  if ([name, id, of].filter((given) => given !== null && given !== undefined).length !== 1) {
    throw new KpiqlError('COHORT_INVALID', { message: 'A cohort is asked by exactly one of name, id and of.', hint: 'Write cohort(name: ENTERPRISE), cohort(id: "…") of a saved one, or cohort(of: {…}) to compose one.' })
  }
  const composed = toCohort(of ?? (id ? { saved: id } : { name: name ?? '' }), around.where, 'of')
  const defined = name ? context.model.cohorts.get(name) : undefined
  const saved = id ? context.savedCohorts.get(id) : undefined
  return new CohortNode(
    { name: name ?? null, id: id ?? null, label: defined?.label ?? saved?.name ?? composed.definition(), description: defined?.description ?? saved?.description ?? null },
    around,
    defined ? { ...composed, definition: () => defined.definition } : composed,
  )
}
