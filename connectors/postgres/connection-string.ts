import { defaultTls, type TlsMode } from '../sql-kit/tls.ts'
import type { PostgresOptions } from './options.ts'

/** Where a server is and as whom to come. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string | undefined
  readonly tls: TlsMode
  readonly caFile: string | undefined
}

type Parts = Omit<Address, 'tls' | 'caFile'> & { readonly tls: TlsMode | undefined }

const SSL_MODES: Readonly<Record<string, TlsMode>> = { disable: 'disable', require: 'require', 'verify-full': 'verify-full' }

/** Null where it cannot be read, or asks for what is not supported: nothing in it is passed over. */
export function readConnectionString(text: string): Parts | null {
  const url = URL.parse(text)
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === '' || url.username === '') return null
  const { sslmode, ...others } = Object.fromEntries(url.searchParams)
  const tls = sslmode === undefined ? undefined : SSL_MODES[sslmode]
  if (Object.keys(others).length > 0 || (sslmode !== undefined && tls === undefined)) return null
  try {
    const user = decodeURIComponent(url.username)
    const database = decodeURIComponent(url.pathname.slice(1)) || user
    return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || 5432), database, user, password: url.password === '' ? undefined : decodeURIComponent(url.password), tls }
  } catch {
    return null
  }
}

export function addressOf({ connectionString, host = '', port, database = '', user = '', password, tls, caFile }: PostgresOptions): Address {
  const parts = (connectionString === undefined ? null : readConnectionString(connectionString)) ?? { host, port, database, user, password, tls: undefined }
  return { ...parts, tls: tls ?? parts.tls ?? defaultTls(parts.host), caFile }
}
