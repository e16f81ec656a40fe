import type { Period } from '../base/period.ts'
import type { Predicate } from '../model/predicate.ts'
import type { CompileContext } from '../plan/metrics/compile-node.ts'
import type { AnyRead, ReadResult } from '../plan/read.ts'
import type { Provenance } from './types.ts'

/** Every answer says what it stands on. */
export interface Answered {
  readonly provenance: Provenance
}

/** Takes questions of every kind. */
export interface Asking {
  ask<T extends Answered>(question: Question<T>): Promise<T>
}

/** Something to be answered from reads. Questions of one tick are planned and fused together; equal keys are asked once. */
export interface Question<T extends Answered> {
  readonly key: string
  /** Counted among the request's slices. */
  readonly slice: { readonly predicate: Predicate; readonly period: Period }
  /** Pure. What it throws rejects this question alone. */
  plan(context: CompileContext): PlannedQuestion<T>
}

export interface PlannedQuestion<T extends Answered> {
  readonly reads: readonly AnyRead[]
  /** Called when all reads have succeeded; a read that fails rejects the question with its error. */
  finish(resultOf: (read: AnyRead) => ReadResult, provenance: Provenance): T
}
