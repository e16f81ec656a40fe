import type { ClickHouseClient } from '@clickhouse/client'
import { loadClient } from '../sql-kit/load-client.ts'
import { readTlsFiles } from '../sql-kit/tls.ts'
import type { ClickhouseOptions } from './options.ts'

/** The official client; it connects with its first statement. @throws KpiqlError where it is not installed, or `caFile` cannot be read. */
export async function openClient({ url, user, password, database, caFile, maxConcurrent, statementTimeoutMs }: ClickhouseOptions, source: string): Promise<ClickHouseClient> {
  const { createClient, ClickHouseLogLevel } = await loadClient('@clickhouse/client', 'clickhouse', () => import('@clickhouse/client'))
  const { ca } = await readTlsFiles({ caFile }, source)
  return createClient({
    url,
    username: user,
    password,
    database,
    application: 'kpiql',
    // One more place for orders to kill.
    max_open_connections: maxConcurrent + 1,
    // Longer than the statement may run: that limit is kept by whoever asks, and by the server.
    request_timeout: statementTimeoutMs + 10_000,
    use_multipart_params_auto: true,
    log: { level: ClickHouseLogLevel.OFF },
    ...(ca === undefined ? {} : { tls: { ca_cert: Buffer.from(ca) } }),
  })
}
