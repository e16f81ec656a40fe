import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { readResultText } from '../answer/read-result-text.ts'
import type { SourceLooks } from '../base/source-looks.ts'
import { stableText } from '../base/stable-hash.ts'
import type { Log } from '../base/log.ts'
import { RedisLink } from '../cache/redis-link.ts'
import { SharedCache } from '../cache/shared-cache.ts'
import { sharedLooks } from '../cache/shared-looks.ts'
import type { ReadResult } from '../plan/read.ts'
import { buildId } from './build-id.ts'
import type { ConfigData } from './config/config-schema.ts'

/** What an instance has in common with others. */
export interface SharedState {
  readonly cache: SharedCache<ReadResult>
  /** @param sharedAs the identity of a source. */
  looksOf(sharedAs: string): SourceLooks
  /** Ends what others would wait for. */
  close(): Promise<void>
}

const slowHash = promisify<string, string, number, Buffer>(scrypt)

/**
 * Null where nothing is configured. Does not wait for Redis to answer.
 *
 * @throws KpiqlError `CONFIG_INVALID` when the client's package is not installed.
 */
export async function openSharedState({ redis }: ConfigData['cache'], log: Log): Promise<SharedState | null> {
  if (redis === undefined) return null
  const [link, build] = await Promise.all([RedisLink.open(redis, log.child({ part: 'redis' })), buildId()])
  const cache = new SharedCache<ReadResult>(link, { ...redis, prefix: `${redis.prefix}${build}:` }, readResultText)
  return {
    cache,
    // Builds may differ on when to look no more than instances do.
    looksOf: (sharedAs) => sharedLooks(link, `${redis.prefix}look:${sharedAs}`),
    close() {
      cache.close()
      return link.close()
    },
  }
}

/**
 * What instances that read the same place with the same rights have in common: the connector and all of its options. Passwords
 * are among them, so it is a slow hash, which tells nobody who can read Redis what they are.
 */
export async function sourceIdentity(connector: string, options: Readonly<Record<string, unknown>>): Promise<string> {
  return (await slowHash(stableText([connector, options]), 'kpiql source', 24)).toString('base64url')
}
