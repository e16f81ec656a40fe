import type { KpiqlError } from '../base/errors.ts'
import { pushedForRead } from '../plan/membership/membership-pushed.ts'
import type { PushedMembership } from '../plan/membership/membership-pushed.ts'
import type { AnyRead } from '../plan/read.ts'
import type { MemberLists } from './member-lists.ts'
import type { BucketReads } from './bucket-reads.ts'
import type { ReadOutcome, RunOptions } from './read-runner.ts'

/**
 * Runs reads, those whose cohorts other sources decide once the lists of their members are there. The others do not wait for
 * them; a list that cannot be read fails only the reads that need it.
 */
export async function runReads(runner: BucketReads, lists: MemberLists, reads: readonly AnyRead[], options: RunOptions): Promise<ReadonlyMap<string, ReadOutcome>> {
  const needs = new Map<AnyRead, readonly PushedMembership[]>()
  for (const read of reads) {
    const pushed = pushedForRead(options.context, read)
    if (pushed.length > 0) needs.set(read, pushed)
  }
  if (needs.size === 0 || options.signal.aborted) return runner.run(reads, options)
  const [own, others] = await Promise.all([runner.run(reads.filter((read) => !needs.has(read)), options), runWithLists(runner, lists, needs, options)])
  return new Map([...own, ...others])
}

async function runWithLists(runner: BucketReads, lists: MemberLists, needs: ReadonlyMap<AnyRead, readonly PushedMembership[]>, options: RunOptions): Promise<ReadonlyMap<string, ReadOutcome>> {
  const wanted = new Map([...needs.values()].flat().map((one) => [one.membership.dimension, one]))
  const failures = await lists.read([...wanted.values()], options)
  const failureOf = (pushed: readonly PushedMembership[]): KpiqlError | undefined => pushed.map(({ membership }) => failures.get(membership.dimension)).find((one) => one !== undefined)
  const failed = new Map<string, ReadOutcome>()
  const ready: AnyRead[] = []
  for (const [read, pushed] of needs) {
    const failure = failureOf(pushed)
    if (failure) failed.set(read.key, failure)
    else ready.push(read)
  }
  return new Map([...failed, ...(await runner.run(ready, options))])
}
