import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { KpiqlError } from '../../src/base/errors.ts'
import type { SyncDeps } from '../sync-contract.ts'
import type { HttpClient, HttpRequest } from './http-client.ts'

const FIRST_DELAY_MS = 1_000

export interface Spooled {
  readonly status: number
  /** A file of its own folder, readable by this user alone. */
  readonly path: string
  readonly bytes: number
  /** Removes the file. Safe to call twice. */
  dispose(): Promise<void>
}

export interface SpoolOptions {
  readonly tool: string
  readonly deps: SyncDeps
  /** Downloads of one answer, where bodies break off. */
  readonly attempts: number
  /** Whether a file of a 2xx answer is whole, where a body may end early without a sign on the wire. */
  readonly isWhole?: ((path: string) => Promise<boolean>) | undefined
}

/**
 * Downloads an answer into a temporary file, so that none of it is handed on before all of it is there. Bodies that break off
 * are asked for again.
 *
 * @throws KpiqlError as `HttpClient.stream`; `SOURCE_UNAVAILABLE` once the attempts are used up.
 */
export async function spool(client: HttpClient, request: HttpRequest, { tool, deps, attempts, isWhole }: SpoolOptions, signal: AbortSignal): Promise<Spooled> {
  const folder = await mkdtemp(join(tmpdir(), 'kpiql-spool-'))
  const path = join(folder, 'body')
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    for (let attempt = 1; ; attempt++) {
      const { status, body } = await client.stream(request, signal)
      const cause = await write(body, path, signal)
      if (cause === null && (status < 200 || status > 299 || (await isWhole?.(path)) !== false)) return { status, path, bytes: (await stat(path)).size, dispose }
      if (signal.aborted) throw new KpiqlError('CANCELLED', { message: `Reading ${tool} was cancelled.`, cause })
      if (attempt >= attempts) throw new KpiqlError('SOURCE_UNAVAILABLE', { message: `${tool} broke off its answer ${attempt} times.`, hint: 'The next sync asks again.', cause })
      await deps.wait(FIRST_DELAY_MS * 2 ** (attempt - 1), signal)
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** @returns What went wrong; null for nothing. A full disk is no failure of the tool. */
async function write(body: globalThis.ReadableStream<Uint8Array>, path: string, signal: AbortSignal): Promise<unknown> {
  try {
    await pipeline(Readable.fromWeb(body as ReadableStream<Uint8Array>), createWriteStream(path, { mode: 0o600 }), { signal })
    return null
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') throw error
    return error
  }
}
