import { expect } from 'vitest'
import type { QuerySource } from '../../connectors/contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { readResultText } from '../../src/answer/read-result-text.ts'
import type { Analytics } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { RedisLink } from '../../src/cache/redis-link.ts'
import { SharedCache } from '../../src/cache/shared-cache.ts'
import type { SharedCacheOptions } from '../../src/cache/shared-cache.ts'
import type { Model } from '../../src/model/types.ts'
import type { ReadResult } from '../../src/plan/read.ts'

/** One instance of a gateway, as far as answers go: its own memory, its own connection to Redis. */
export interface Instance {
  readonly analytics: Analytics
  readonly cache: SharedCache<ReadResult>
  readonly link: RedisLink
  /** As a process ends in order. */
  close(): Promise<void>
}

export interface InstanceOptions extends Partial<SharedCacheOptions> {
  readonly timeoutMs?: number
  readonly sharedAs?: string
}

export async function openInstance(redisUrl: string, model: Model, source: QuerySource, nowUtcMs: number, { timeoutMs = 1_000, sharedAs = 'a place', ...options }: InstanceOptions = {}): Promise<Instance> {
  const link = await RedisLink.open({ url: redisUrl, timeoutMs }, silentLog)
  await untilUsable(link)
  const cache = new SharedCache<ReadResult>(link, { prefix: 'test:', maxValueBytes: 1_000_000, ttlSeconds: 60, waitMs: 20_000, ...options }, readResultText)
  const sources = new Map([[source.name, { source, connector: 'test', nowUtcMs: null, sharedAs }]])
  const analytics = createAnalytics({ model, sources, cacheBytes: 10_000_000, clock: fixedClock(nowUtcMs), maxGroups: 100_000, shared: cache })
  return {
    analytics,
    cache,
    link,
    close() {
      cache.close()
      return link.close()
    },
  }
}

export async function untilUsable(link: RedisLink): Promise<void> {
  await expect.poll(() => link.isUsable, { timeout: 10_000, interval: 5 }).toBe(true)
}
